import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measurePopular, type PopularFigures } from './measure-popular.ts'

const RESULTS = join(import.meta.dirname, '../../bench/results')
const DEFAULT_LINES = '100000,1000000,10000000'
const MAX_LINES = 100_000_000

/**
 * `npm run bench -- popular [--lines 100000,1000000] [--reads 3000]`: what reading the popular products costs at several
 * sizes of history, while orders keep coming in.
 */
export async function benchPopular(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { lines: { type: 'string', default: DEFAULT_LINES }, reads: { type: 'string', default: '3000' } },
  })
  const sizes = values.lines.split(',').map((text) => wholeNumber('--lines', text))
  const reads = wholeNumber('--reads', values.reads)
  const figures: PopularFigures[] = []
  for (const lines of sizes) figures.push(await measurePopular({ lines, reads, log }))
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, 'popular.json')
  await writeFile(path, `${JSON.stringify({ at: new Date(), figures }, null, 2)}\n`)
  process.stdout.write(`${table(figures)}\n`)
  log(`Written to ${path}`)
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= MAX_LINES) return number
  throw new RangeError(`${option}: ${text} is not a whole number from 1 to ${MAX_LINES}`)
}

/** One row a figure, one column a size, and how far the largest is from the smallest. */
function table(figures: PopularFigures[]): string {
  const names = [...new Set(figures.flatMap(({ ms }) => Object.keys(ms)))]
  const header = [
    'milliseconds',
    ...figures.map(({ lines }) => `${lines.toLocaleString('en')} lines`),
    'largest ÷ smallest',
  ]
  const rows = names.map((name) => {
    const all = figures.map(({ ms }) => ms[name] ?? Number.NaN)
    return [name, ...all.map((value) => value.toFixed(2)), (Math.max(...all) / Math.min(...all)).toFixed(2)]
  })
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${message}\n`)
}
