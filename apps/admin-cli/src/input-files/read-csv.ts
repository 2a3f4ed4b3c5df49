import { pipeline } from 'node:stream'
import { type CsvError, type Info, parse } from 'csv-parse'
import { decodeUtf8 } from './decode-utf8.ts'
import type { RawRow } from './row.ts'

const MAX_ROW_LENGTH = 10_000

/** The columns of a CSV file, in any order. */
export interface Columns {
  required: string[]
  optional: string[]
}

/** Streams the rows of a CSV file in UTF-8 with a heading. Throws for a wrong heading or a broken structure. */
export async function* readCsv(bytes: AsyncIterable<Uint8Array>, columns: Columns): AsyncGenerator<RawRow> {
  const parser = parse({
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: MAX_ROW_LENGTH,
    skip_records_with_error: true,
  })
  const bad: RawRow[] = []
  parser.on('skip', (error: CsvError & { lines: number }) => {
    // A quote inside a field spoils one row. After any other error the start of the next row is unknown.
    if (error.code === 'INVALID_OPENING_QUOTE') bad.push({ line: error.lines, problem: 'has a quote inside a field' })
    else parser.destroy(error)
  })
  // An error of the pipeline also destroys the parser, so the loop below throws it; the callback has nothing to do.
  const records: AsyncIterable<{ record: string[]; info: Info }> = pipeline(bytes, decodeUtf8, parser, () => {})
  let heading: string[] | undefined
  for await (const { record, info } of records) {
    // The parser reads ahead: yield only those bad rows that precede this record.
    yield* bad.splice(0, bad.filter(({ line }) => line < info.lines).length)
    if (record.every((field) => field.trim() === '')) yield { line: info.lines, isBlank: true }
    else if (heading) yield toRow(heading, record, info.lines)
    else heading = checkHeading(record, columns)
  }
  yield* bad
}

function checkHeading(found: string[], { required, optional }: Columns): string[] {
  const known = [...required, ...optional]
  const isGood = new Set(found).size === found.length && found.every((column) => known.includes(column))
  if (isGood && required.every((column) => found.includes(column))) return found
  throw new Error(`the first line must be ${required.join()}${optional.map((column) => `[,${column}]`).join('')}`)
}

function toRow(heading: string[], fields: string[], line: number): RawRow {
  if (fields.length !== heading.length)
    return { line, problem: `has ${fields.length} fields instead of ${heading.length}` }
  return { line, value: Object.fromEntries(heading.map((column, index) => [column, fields[index]])) }
}
