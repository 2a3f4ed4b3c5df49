import { extname } from 'node:path'
import { CommandFailure, EXIT_USAGE } from '../failure.ts'
import { say } from '../output.ts'
import { readCsv } from './read-csv.ts'
import { readJson } from './read-json.ts'
import type { FileRow, ProductSource, SourceRow } from './source.ts'

const MAX_BAD_ROWS_SHOWN = 20

const READERS: Record<string, (path: string) => AsyncIterable<FileRow>> = { '.csv': readCsv, '.json': readJson }

/**
 * Opens a CSV file (with a heading name,price,stock) or a JSON file (an array of { name, price, stock }) of products. The
 * whole file is read and checked first, so that a mistake on its last line leaves nothing half done; then it is read
 * again as the rows are taken. Throws `CommandFailure` after saying which rows are bad.
 */
export async function openProductFile(path: string): Promise<ProductSource> {
  const read = READERS[extname(path).toLowerCase()]
  if (!read) throw new CommandFailure(`${path}: name it .csv or .json after what it is.`, EXIT_USAGE)
  let total = 0
  let bad = 0
  for await (const { product, place } of read(path)) {
    if (typeof product !== 'string') total++
    else if (++bad <= MAX_BAD_ROWS_SHOWN) say(`${place} ${product}`)
  }
  if (bad > 0) throw new CommandFailure(`${path}: ${bad} bad rows. Nothing was created.`, EXIT_USAGE)
  if (total === 0) throw new CommandFailure(`${path}: there are no products in it.`, EXIT_USAGE)
  return { total, rows: checkedRows(path, read(path)) }
}

async function* checkedRows(path: string, rows: AsyncIterable<FileRow>): AsyncGenerator<SourceRow> {
  for await (const { product, place } of rows) {
    if (typeof product === 'string') throw new CommandFailure(`${path}: ${place} ${product}`, EXIT_USAGE)
    yield { product, place }
  }
}
