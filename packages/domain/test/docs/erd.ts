import type { EntityMetadata } from '@mikro-orm/core'

/** Draws the entities as a Mermaid entity relationship diagram (https://mermaid.js.org/syntax/entityRelationshipDiagram.html). */
export function entityRelationshipDiagram(entities: EntityMetadata[]): string {
  const sorted = entities.toSorted((a, b) => a.tableName.localeCompare(b.tableName))
  const lines = [...sorted.flatMap(drawTable), ...sorted.flatMap(drawRelations)]
  return ['erDiagram', ...lines.map((line) => `  ${line}`)].join('\n')
}

function drawTable({ tableName, props, checks }: EntityMetadata): string[] {
  const columns = props.map((prop) => {
    const keys = [...(prop.primary ? ['PK'] : []), ...(prop.targetMeta ? ['FK'] : [])].join(', ')
    const type = (prop.columnTypes[0] ?? '').replaceAll(/[(), ]/g, '_').replace(/_+$/, '')
    const note = prop.comment ?? (prop.nullable ? 'may be null' : '')
    return `  ${type} ${prop.fieldNames[0]}${keys && ` ${keys}`}${note && ` "${note}"`}`
  })
  const rules = checks.map(({ expression }) => `  %% ${String(expression)}`)
  return [`${tableName} {`, ...columns, '}', ...rules]
}

function drawRelations({ tableName, props }: EntityMetadata): string[] {
  return props.flatMap((prop) => {
    if (!prop.targetMeta) return []
    const one = prop.nullable ? '|o' : '||'
    const many = prop.kind === '1:1' ? '||' : 'o{'
    return [`${prop.targetMeta.tableName} ${one}--${many} ${tableName} : "${prop.fieldNames[0]}"`]
  })
}
