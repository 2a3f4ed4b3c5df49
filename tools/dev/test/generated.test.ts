import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles, ROOT } from '../generate/generated-files.ts'

test.each(Object.entries(await generatedFiles()))('%s is as `npm run generate` writes it', (path, text) => {
  const expected = path.endsWith('.ts') ? formatted(path, text) : text
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(expected)
})

function formatted(path: string, text: string): string {
  return execFileSync('biome', ['check', '--write', `--stdin-file-path=${path}`], {
    cwd: ROOT,
    input: text,
    encoding: 'utf8',
  })
}
