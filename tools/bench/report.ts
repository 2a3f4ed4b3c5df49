import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const RESULTS = join(import.meta.dirname, '../../bench/results')
const MAX_NUMBER = 100_000_000

/** Writes a line of progress with the time to stderr. */
export function log(message: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${message}\n`)
}

/** Writes the figures of a benchmark and the time to `bench/results/<name>.json`. */
export async function writeResults(name: string, figures: object): Promise<void> {
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, `${name}.json`)
  await writeFile(path, `${JSON.stringify({ at: new Date(), ...figures }, null, 2)}\n`)
  log(`Written to ${path}`)
}

/** A table in Markdown whose first column is text and whose other columns are numbers. */
export function markdownTable(header: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** Parses the value of an option: a whole number from 1 to `max`. Throws `RangeError`. */
export function wholeNumber(option: string, text: string, max = MAX_NUMBER): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= max) return number
  throw new RangeError(`${option}: ${text} is not a whole number from 1 to ${max}`)
}
