import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatedFiles, ROOT } from './generated-files.ts'

// `npm run generate`: writes everything that is made from the contract and the entities.
const files = await generatedFiles()
for (const [path, text] of Object.entries(files)) writeFileSync(join(ROOT, path), text)
const formatted = Object.keys(files).filter((path) => path.endsWith('.ts'))
execFileSync('biome', ['check', '--write', ...formatted], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
process.stdout.write(`${Object.keys(files).join('\n')}\n`)
