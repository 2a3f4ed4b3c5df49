import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const RESULTS = join(import.meta.dirname, '../../bench/results')
const MAX_NUMBER = 100_000_000

/** Says how far a measurement is, on stderr. */
export function log(message: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${message}\n`)
}

/** Keeps the figures of a measurement as JSON, with the time. */
export async function writeResults(name: string, figures: object): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, `${name}.json`)
  await writeFile(path, `${JSON.stringify({ at: new Date(), ...figures }, null, 2)}\n`)
  log(`Written to ${path}`)
}

/** A table in Markdown whose first column is text and whose others are numbers. */
export function markdownTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** Reads the value of an option: 1 to 100,000,000. Throws `RangeError`. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= MAX_NUMBER) return number
  throw new RangeError(`${option}: ${text} is not a whole number from 1 to ${MAX_NUMBER}`)
}
