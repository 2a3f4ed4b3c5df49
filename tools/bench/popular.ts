import { parseArgs } from 'node:util'
import { measurePopular, type PopularFigures } from './measure-popular.ts'
import { log, markdownTable, wholeNumber, writeResults } from './report.ts'

const DEFAULT_LINES = '100000,1000000,10000000'

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
  process.stdout.write(`${table(figures)}\n`)
  await writeResults('popular', { figures })
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
  return markdownTable(header, rows)
}
