import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import type { NewProduct } from '@jumun/client'
import { type Info, parse } from 'csv-parse'
import { CommandFailure, EXIT_USAGE } from '../failure.ts'
import { checkProduct } from './check-product.ts'
import { decodeUtf8 } from './decode-utf8.ts'
import type { FileRow } from './source.ts'

const HEADING = ['name', 'price', 'stock']
const MAX_ROW_LENGTH = 10_000

/** Streams a CSV file in UTF-8. Throws `CommandFailure` for a file that cannot be read or is not such a CSV. */
export async function* readCsv(path: string): AsyncGenerator<FileRow> {
  const parser = parse({
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_LENGTH,
  })
  // Whatever breaks here ends the parser too, and is thrown where its rows are read.
  const records: AsyncIterable<{ record: string[]; info: Info }> = pipeline(
    createReadStream(path),
    decodeUtf8,
    parser,
    () => {},
  )
  try {
    let heading: string[] | undefined
    for await (const { record, info } of records) {
      if (heading) yield { product: toProduct(heading, record), place: `line ${info.lines}` }
      else heading = checkHeading(record)
    }
  } catch (error) {
    throw new CommandFailure(`${path}: ${(error as Error).message}`, EXIT_USAGE)
  }
}

function checkHeading(columns: string[]): string[] {
  if ([...columns].sort().join() === HEADING.join()) return columns
  throw new Error(`the first line must be ${HEADING.join()}`)
}

function toProduct(heading: string[], fields: string[]): NewProduct | string {
  if (fields.length !== heading.length) return `has ${fields.length} fields instead of ${heading.length}`
  return checkProduct(Object.fromEntries(heading.map((column, index) => [column, fields[index]])))
}
