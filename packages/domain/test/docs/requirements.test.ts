import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const docs = resolve(import.meta.dirname, '../../../../docs')
const page = readFileSync(resolve(docs, 'requirements.md'), 'utf8')
const named = [...page.matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)].map(([, title = '', path = '']) => ({
  title,
  path,
}))

/** The titles in a test file, with an ellipsis for each value that a repeated test puts in. */
function titlesIn(path: string): string[] {
  const source = readFileSync(resolve(docs, path), 'utf8')
  const literals = [...source.matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])+)\1/g)].map(([, , text = '']) => text)
  return literals.map((text) => text.replace(/\\(.)/g, '$1').replace(/\$\{[^}]*\}|\$[\w.]+|%[sdij]/g, '…'))
}

test.each(named)('the test "$title" that a requirement points to is there', ({ title, path }) => {
  expect(titlesIn(path)).toContain(title)
})

test('each of the twelve requirements points to a test', () => {
  const rows = page.split('\n').filter((line) => /^\| \d+ \|/.test(line))
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  for (const row of rows) expect(row).toContain('.test.ts)')
})
