import type { ParseResult, Parser } from 'papaparse'
import { COLUMNS, checkRow, isWrong, type NewItem, REQUIRED_COLUMNS, type Wrong } from './check-row.ts'
import { hashFile } from './file-hash.ts'

const MAX_BYTES = 5 * 1024 * 1024
const MAX_ROWS = 50_000

/** Rows are read in parts, between which the page stays alive. */
const ROWS_PER_PART = 1_000
const CHARACTERS_PER_PART = 64 * 1024

/** A row as it stands in the file. */
export interface FileRow {
  /** As spreadsheets and editors count: the heading of a CSV file is row 1. */
  row: number
  checked: NewItem | Wrong
  hasOwnKey: boolean
  /** What the row says, also where it is refused. */
  fields: Readonly<Record<string, unknown>>
}

export interface ImportFile {
  name: string
  hash: string
  rows: FileRow[]
}

/** Why a file is refused as a whole. */
export type WrongFile = 'too-large' | 'too-many-rows' | 'not-utf-8' | 'no-heading' | 'open-quote' | 'empty'

/** Reads and checks a file of CSV or of JSON lines. */
export async function readImportFile(file: File): Promise<ImportFile | WrongFile> {
  if (file.size > MAX_BYTES) return 'too-large'
  const bytes = new Uint8Array(await file.arrayBuffer())
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return 'not-utf-8'
  }
  const raw = /\.(jsonl|ndjson)$/i.test(file.name) ? await readJsonLines(text) : await readCsv(text)
  if (typeof raw === 'string') return raw
  if (raw.length === 0) return 'empty'
  if (raw.length > MAX_ROWS) return 'too-many-rows'
  const hash = hashFile(bytes)
  return { name: file.name, hash, rows: await checkRows(raw, hash) }
}

interface RawRow {
  row: number
  value: unknown
}

async function readJsonLines(text: string): Promise<RawRow[]> {
  const rows: RawRow[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() !== '') rows.push({ row: index + 1, value: parseJson(line) })
    if (index % ROWS_PER_PART === 0) await breathe()
  }
  return rows
}

/** A line that is not JSON is a row of the wrong shape. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

async function readCsv(text: string): Promise<RawRow[] | WrongFile> {
  const { default: papa } = await import('papaparse')
  const lines: string[][] = []
  const wrong = await new Promise<WrongFile | undefined>((resolve) => {
    let hasOpenQuote = false
    papa.parse<string[]>(text, {
      delimiter: ',',
      chunkSize: CHARACTERS_PER_PART,
      chunk: ({ data, errors }: ParseResult<string[]>, parser: Parser) => {
        hasOpenQuote ||= errors.some(({ type }) => type === 'Quotes')
        for (const line of data) lines.push(line)
        if (lines.length > MAX_ROWS * 2) return parser.abort()
        parser.pause()
        setTimeout(() => parser.resume())
      },
      complete: () => resolve(hasOpenQuote ? 'open-quote' : undefined),
    })
  })
  if (wrong) return wrong
  const [heading = [], ...body] = lines
  const columns = heading.map((column) => column.trim())
  if (!REQUIRED_COLUMNS.every((column) => columns.includes(column)) || columns.some((one) => !COLUMNS.includes(one))) {
    return 'no-heading'
  }
  return body.flatMap((cells, index) =>
    // Spreadsheets leave blank rows at the end.
    cells.every((cell) => cell.trim() === '') ? [] : [{ row: index + 2, value: toObject(columns, cells) }],
  )
}

function toObject(columns: string[], cells: string[]): unknown {
  if (cells.length > columns.length) return cells
  return Object.fromEntries(cells.map((cell, index) => [columns[index], cell]))
}

async function checkRows(raw: RawRow[], hash: string): Promise<FileRow[]> {
  const rows: FileRow[] = []
  const rowOfKey = new Map<string, number>()
  for (const { row, value } of raw) {
    const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
    const checked = checkRow(value, `import-${hash}-${row}`)
    const hasOwnKey = typeof fields['key'] === 'string' && fields['key'].trim() !== ''
    const earlier = isWrong(checked) ? undefined : rowOfKey.get(checked.key)
    if (!isWrong(checked) && earlier === undefined) rowOfKey.set(checked.key, row)
    rows.push({
      row,
      fields,
      hasOwnKey,
      checked: earlier === undefined ? checked : { why: 'same-key', row: earlier },
    })
    if (rows.length % ROWS_PER_PART === 0) await breathe()
  }
  return rows
}

/** Lets the page react before the work goes on. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
