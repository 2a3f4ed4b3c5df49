import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { entityRelationshipDiagram } from './erd.ts'

test('the diagram in the documents shows the entities as they are', async () => {
  const orm = await openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const diagram = entityRelationshipDiagram([...orm.getMetadata().getAll().values()])
  const page = `# Entities and their relations

Drawn from the entities by a test, which fails when this page is older than they are; \`npm run docs\` draws it again.
The words are those of the [glossary](domain.md#glossary). The lines under a table that begin with \`%%\` are its CHECK constraints.

\`\`\`mermaid
${diagram}
\`\`\`
`
  await expect(page).toMatchFileSnapshot('../../../../docs/erd.md')
  await orm.close()
})
