import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { CommandFailure, EXIT_INTERRUPTED, EXIT_USAGE } from '../failure.ts'
import type { OnError } from '../options/bulk-options.ts'
import { readSettings } from '../settings.ts'
import { formatDuration } from '../terminal/format-duration.ts'
import { listenForInterrupt } from '../terminal/interrupt.ts'
import { printMessage } from '../terminal/output.ts'
import { showStatusLine } from '../terminal/status-line.ts'
import { type Columns, readCsv } from './read-csv.ts'
import { readJson } from './read-json.ts'
import { readJsonLines } from './read-json-lines.ts'
import type { GoodRow, RawRow } from './row.ts'

/** How many bad rows are printed for a rejected file. If bad rows are skipped, all are printed, because the user must fix them. */
const MAX_BAD_ROWS_SHOWN = 20
const HASH_LENGTH = 22
const BYTES_PER_MB = 1_000_000

export interface RowFileOptions<Item> {
  /** The path as the user gave it, relative to the user's working directory. */
  file: string
  columns: Columns
  /** Makes the item of a row, or returns what is wrong with it. `hash` is empty in the first pass over the file. */
  check: (value: unknown, line: number, hash: string) => Item | string
  onError: OnError
  /** What the rows are, such as `products`. */
  what: string
}

/** A file of rows that has been checked. It may be larger than memory. */
export interface RowFile<Item> {
  /** How many rows are valid. */
  total: number
  /** How many rows are bad. */
  skipped: number
  rows: AsyncIterable<GoodRow<Item>>
}

/**
 * Opens a file of CSV, JSON Lines or a JSON array, by its extension. A first pass checks the whole file, so that bad rows are
 * reported before anything is done; `rows` reads the file again. Throws `CommandFailure` for a file that cannot be read, that has
 * no valid row, or that has a bad row with `--on-error stop`.
 */
export async function openRowFile<Item>(options: RowFileOptions<Item>): Promise<RowFile<Item>> {
  const { onError, what } = options
  const path = resolve(readSettings().directory, options.file)
  try {
    const file = await stat(path)
    if (!file.isFile()) throw new Error('it is not a regular file; a pipe cannot be read twice')
    const digest = createHash('sha256')
    const { total, skipped, blank } = await checkRows(options, path, digest, file.size)
    if (blank > 0) printMessage(`${blank} blank rows are left out.`)
    if (skipped > 0 && onError === 'stop') throw new Error(`${skipped} bad rows. Nothing was done.`)
    if (total === 0) throw new Error(`it contains no ${what}`)
    const hash = digest.digest('base64url').slice(0, HASH_LENGTH)
    return { total, skipped, rows: goodRows(options, path, hash) }
  } catch (error) {
    if (error instanceof CommandFailure) throw error
    throw new CommandFailure(`${path}: ${(error as Error).message}`, EXIT_USAGE)
  }
}
async function checkRows<Item>(
  options: RowFileOptions<Item>,
  path: string,
  digest: ReturnType<typeof createHash>,
  bytes: number,
) {
  let total = 0
  let skipped = 0
  let blank = 0
  let bytesRead = 0
  const onChunk = (chunk: Uint8Array) => {
    digest.update(chunk)
    bytesRead += chunk.length
  }
  using status = showStatusLine((seconds) => checkStatus(bytesRead, bytes, seconds))
  using interrupt = listenForInterrupt()
  const shown = options.onError === 'skip' ? Infinity : MAX_BAD_ROWS_SHOWN
  for await (const row of readRows(path, options.columns, onChunk)) {
    if (interrupt.stop.aborted) throw new CommandFailure('Stopped: nothing was done.', EXIT_INTERRUPTED)
    if ('isBlank' in row) {
      blank++
      continue
    }
    const problem = 'problem' in row ? row.problem : options.check(row.value, row.line, '')
    if (typeof problem !== 'string') total++
    else if (++skipped <= shown) {
      status.clear()
      printMessage(`line ${row.line} ${problem}`)
    }
  }
  return { total, skipped, blank }
}

function checkStatus(bytesRead: number, bytes: number, seconds: number): string {
  if (bytesRead === 0) return 'Checking the file'
  const perSecond = bytesRead / seconds
  const percent = Math.floor((bytesRead / bytes) * 100)
  const left = formatDuration(Math.max(0, bytes - bytesRead) / perSecond)
  return `Checking the file: ${percent}%, ${Math.round(perSecond / BYTES_PER_MB)} MB/s, ${left} left`
}

async function* goodRows<Item>(
  options: RowFileOptions<Item>,
  path: string,
  hash: string,
): AsyncGenerator<GoodRow<Item>> {
  for await (const row of readRows(path, options.columns)) {
    if ('isBlank' in row) continue
    const item = 'problem' in row ? row.problem : options.check(row.value, row.line, hash)
    if (typeof item !== 'string') yield { item, place: `line ${row.line}` }
  }
}

function readRows(path: string, columns: Columns, onChunk = (_chunk: Uint8Array) => {}): AsyncIterable<RawRow> {
  const bytes = observe(createReadStream(path), onChunk)
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return readCsv(bytes, columns)
    case '.jsonl':
    case '.ndjson':
      return readJsonLines(bytes)
    case '.json':
      return readJson(bytes)
    default:
      throw new Error('its name must end in .csv, .jsonl, .ndjson or .json')
  }
}

async function* observe(bytes: AsyncIterable<Uint8Array>, onChunk: (chunk: Uint8Array) => void) {
  for await (const chunk of bytes) {
    onChunk(chunk)
    yield chunk
  }
}
