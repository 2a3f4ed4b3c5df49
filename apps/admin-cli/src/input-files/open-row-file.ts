import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { CommandFailure, EXIT_INTERRUPTED, EXIT_USAGE } from '../failure.ts'
import { clock } from '../terminal/format-duration.ts'
import { listenForInterrupt } from '../terminal/interrupt.ts'
import { say } from '../terminal/output.ts'
import { showWaiting } from '../terminal/status-line.ts'
import { type Columns, readCsv } from './read-csv.ts'
import { readJson } from './read-json.ts'
import { readJsonLines } from './read-json-lines.ts'
import type { GoodRow, RawRow } from './row.ts'

/** Of a file that is refused as a whole this many bad rows are told; of one that is used without them, all. */
const MAX_BAD_ROWS_SHOWN = 20
const HASH_LENGTH = 22
const BYTES_PER_MB = 1_000_000

/** What to do with a file that has bad rows: leave them out, or do nothing at all. */
export type OnError = 'skip' | 'stop'

export interface RowFileOptions<Item> {
  path: string
  columns: Columns
  /** Makes the item of a row, or says what is wrong with it. */
  check: (value: unknown, line: number, hash: string) => Item | string
  onError: OnError
  /** What the rows are, such as `products`. */
  what: string
}

/** A file of rows, larger than memory perhaps. */
export interface RowFile<Item> {
  /** How many good rows there are. */
  total: number
  /** How many bad ones. */
  skipped: number
  rows: AsyncIterable<GoodRow<Item>>
}

/**
 * Opens a file of CSV, JSON lines or a JSON array, by its ending. The whole file is read and checked first, so that the
 * bad rows are known before anything is done; then it is read again as its rows are taken. Throws `CommandFailure` for a
 * file that cannot be read, has no good row, or has a bad one where that is to stop it.
 */
export async function openRowFile<Item>(options: RowFileOptions<Item>): Promise<RowFile<Item>> {
  const { path, onError, what } = options
  try {
    const file = await stat(path)
    if (!file.isFile()) throw new Error('it is not a file; it is read twice, so it cannot be a pipe')
    const digest = createHash('sha256')
    const { total, skipped } = await countRows(options, digest, file.size)
    if (skipped > 0 && onError === 'stop') throw new Error(`${skipped} bad rows. Nothing was done.`)
    if (total === 0) throw new Error(`there are no ${what} in it`)
    const hash = digest.digest('base64url').slice(0, HASH_LENGTH)
    return { total, skipped, rows: goodRows(options, hash) }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`${path}: ${(error as Error).message}`, EXIT_USAGE)
  }
}

async function countRows<Item>(options: RowFileOptions<Item>, digest: ReturnType<typeof createHash>, bytes: number) {
  let total = 0
  let skipped = 0
  let bytesRead = 0
  const onChunk = (chunk: Uint8Array) => {
    digest.update(chunk)
    bytesRead += chunk.length
  }
  using waiting = showWaiting((seconds) => checking(bytesRead, bytes, seconds))
  using interrupt = listenForInterrupt(() => {})
  const shown = options.onError === 'skip' ? Infinity : MAX_BAD_ROWS_SHOWN
  for await (const row of readRows(options, onChunk)) {
    if (interrupt.stop.aborted) throw new CommandFailure('Stopped: nothing was done.', EXIT_INTERRUPTED)
    const problem = 'problem' in row ? row.problem : options.check(row.value, row.line, '')
    if (typeof problem !== 'string') total++
    else if (++skipped <= shown) {
      waiting.clear()
      say(`line ${row.line} ${problem}`)
    }
  }
  return { total, skipped }
}

function checking(bytesRead: number, bytes: number, seconds: number): string {
  if (bytesRead === 0) return 'Checking the file'
  const perSecond = bytesRead / seconds
  const percent = Math.floor((bytesRead / bytes) * 100)
  const left = clock(Math.max(0, bytes - bytesRead) / perSecond)
  return `Checking the file: ${percent}%, ${Math.round(perSecond / BYTES_PER_MB)} MB/s, ${left} left`
}

async function* goodRows<Item>(options: RowFileOptions<Item>, hash: string): AsyncGenerator<GoodRow<Item>> {
  for await (const row of readRows(options)) {
    const item = 'problem' in row ? row.problem : options.check(row.value, row.line, hash)
    if (typeof item !== 'string') yield { item, place: `line ${row.line}` }
  }
}

function readRows<Item>(
  { path, columns }: RowFileOptions<Item>,
  onChunk = (_chunk: Uint8Array) => {},
): AsyncIterable<RawRow> {
  const bytes = watch(createReadStream(path), onChunk)
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return readCsv(bytes, columns)
    case '.jsonl':
    case '.ndjson':
      return readJsonLines(bytes)
    case '.json':
      return readJson(bytes)
    default:
      throw new Error('name it .csv, .jsonl or .json after what it is')
  }
}

async function* watch(bytes: AsyncIterable<Uint8Array>, onChunk: (chunk: Uint8Array) => void) {
  for await (const chunk of bytes) {
    onChunk(chunk)
    yield chunk
  }
}
