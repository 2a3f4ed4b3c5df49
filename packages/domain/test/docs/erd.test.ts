import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { checkConstraints, entityRelationshipDiagram } from './erd.ts'

test('the diagram in the documents shows the entities as they are', async () => {
  const orm = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const entities = [...orm.getMetadata().getAll().values()]
  const page = `# Entities and their relations

Drawn from the entities by a test, which fails when this page is older than they are; \`npm run docs\` draws it again.
The words are those of the [glossary](domain.md#glossary).

\`\`\`mermaid
${entityRelationshipDiagram(entities)}
\`\`\`

What the database checks of every row, beside keys and foreign keys:

${checkConstraints(entities)}
`
  await expect(page).toMatchFileSnapshot('../../../../docs/erd.md')
  await orm.close()
})
