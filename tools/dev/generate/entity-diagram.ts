import type { EntityMetadata } from '@mikro-orm/core'

/** Draws the entities as a Mermaid entity relationship diagram (https://mermaid.js.org/syntax/entityRelationshipDiagram.html). */
export function entityRelationshipDiagram(entities: EntityMetadata[]): string {
  const sorted = byName(entities)
  const lines = ['direction LR', ...sorted.flatMap(drawTable), ...sorted.flatMap(drawRelations)]
  return ['erDiagram', ...lines.map((line) => `  ${line}`)].join('\n')
}

/** Lists the CHECK constraints of each table as a Markdown table. */
export function checkConstraints(entities: EntityMetadata[]): string {
  const rows = byName(entities).flatMap(({ tableName, checks }) =>
    checks.map(({ expression }) => `| \`${tableName}\` | \`${String(expression)}\` |`),
  )
  return ['| Table | Always holds |', '| --- | --- |', ...rows].join('\n')
}

function byName(entities: EntityMetadata[]): EntityMetadata[] {
  return entities.toSorted((a, b) => a.tableName.localeCompare(b.tableName))
}

function drawTable({ tableName, props }: EntityMetadata): string[] {
  const columns = props.map((prop) => {
    const keys = [...(prop.primary ? ['PK'] : []), ...(prop.targetMeta ? ['FK'] : [])].join(', ')
    const type = (prop.columnTypes[0] ?? '').replaceAll(/[(), ]/g, '_').replace(/_+$/, '')
    const note = prop.comment ?? (prop.nullable ? 'may be null' : '')
    return `  ${type} ${prop.fieldNames[0]}${keys && ` ${keys}`}${note && ` "${note}"`}`
  })
  return [`${tableName} {`, ...columns, '}']
}

function drawRelations({ tableName, props }: EntityMetadata): string[] {
  return props.flatMap((prop) => {
    if (!prop.targetMeta) return []
    const one = prop.nullable ? '|o' : '||'
    const many = prop.kind === '1:1' ? '||' : 'o{'
    return [`${prop.targetMeta.tableName} ${one}--${many} ${tableName} : "${prop.fieldNames[0]}"`]
  })
}
