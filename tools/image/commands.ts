import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The root of the repository. */
export const ROOT = resolve(import.meta.dirname, '../..')

/** The chapters of docs/operations.md whose commands this program runs. */
export const CHAPTERS = ['Deploy', 'Upgrade']

/** Every command of a chapter of docs/operations.md, in order. */
export function commandsOf(chapter: string): string[] {
  const text = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  const [, section] = new RegExp(`^## ${chapter}\n([\\s\\S]*?)^## `, 'm').exec(text) ?? []
  if (section === undefined) throw new Error(`docs/operations.md has no chapter ${chapter}.`)
  const blocks = [...section.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].map(([, block = '']) => block)
  return blocks.flatMap((block) => block.split('\n').map((line) => line.trim())).filter((line) => line !== '')
}
