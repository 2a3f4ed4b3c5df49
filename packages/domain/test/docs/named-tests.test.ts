import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const docs = resolve(import.meta.dirname, '../../../../docs')
const read = (path: string) => readFileSync(resolve(docs, path), 'utf8')

/** The tests that a page quotes by title. A link whose text is a file name quotes none. */
const named = globSync('*.md', { cwd: docs }).flatMap((page) =>
  [...read(page).matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)]
    .map(([, title = '', path = '']) => ({ page, title, path }))
    .filter(({ title }) => !title.endsWith('.test.ts')),
)

/** The titles in a test file, with an ellipsis for each interpolated value. */
function titlesIn(path: string): string[] {
  const literals = [...read(path).matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])+)\1/g)].map(([, , text = '']) => text)
  return literals.map((text) => text.replace(/\\(.)/g, '$1').replace(/\$\{[^}]*\}|\$[\w.]+|%[sdij]/g, '…'))
}

test.each(named)('the test "$title" that $page quotes exists', ({ title, path }) => {
  expect(titlesIn(path)).toContain(title)
})

test('each of the twelve requirements links to a test', () => {
  const rows = read('requirements.md')
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
  expect(rows.map((row) => Number(row.split('|')[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  for (const row of rows) expect(row).toContain('.test.ts)')
})

test('each defect links to a test by its title', () => {
  const [, section = ''] = read('promises.md').split('## Defects found')
  const rows = section
    .split('\n')
    .filter((line) => /^\| [^-]/.test(line))
    .slice(1)
  expect(rows.length).toBeGreaterThan(0)
  const titled = named.filter(({ page }) => page === 'promises.md').map(({ title, path }) => `[${title}](${path})`)
  for (const row of rows) expect(titled.filter((link) => row.includes(link))).not.toEqual([])
})
