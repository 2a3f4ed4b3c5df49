import { isJumunError } from '@jumun/client'
import { KEYS_MAX_ITEMS } from '@jumun/contract/limits'
import { jumun } from '../../../shared/jumun.ts'
import { isWrong, type NewItem, type Wrong } from './check-row.ts'
import type { FileRow, ImportFile } from './read-file.ts'

/** `done`: this page has created the product. */
export type RowState = 'unchecked' | 'new' | 'exists' | 'refused' | 'done'

export interface ImportRow extends FileRow {
  state: RowState
}

/** How an import stands. */
export interface ImportState {
  file: ImportFile
  rows: readonly ImportRow[]
  is: 'checking' | 'ready' | 'sending' | 'unknown' | 'ended'
  error?: unknown
}

/** At most CREATE_MAX_ITEMS; smaller, so that the progress is seen and a stop comes soon. */
const ITEMS_PER_CALL = 500
const LOOK_UPS_AT_ONCE = 4
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 10_000

/** The import of one file: looks up which rows are products already, then makes the others. Every row has a key, so none is made twice. */
export class ImportJob {
  #state: ImportState
  readonly #tell: (state: ImportState) => void
  #isStopped = false
  #isClosed = false

  constructor(file: ImportFile, tell: (state: ImportState) => void) {
    const rows = file.rows.map((row): ImportRow => ({ ...row, state: isWrong(row.checked) ? 'refused' : 'unchecked' }))
    this.#state = { file, rows, is: 'checking' }
    this.#tell = tell
    tell(this.#state)
  }

  /** Looks up the keys of all rows. */
  async check(): Promise<void> {
    this.#set({ is: 'checking', error: undefined })
    const step = KEYS_MAX_ITEMS * LOOK_UPS_AT_ONCE
    try {
      for (
        let rows = this.#of('unchecked', step);
        rows.length > 0 && !this.#isClosed;
        rows = this.#of('unchecked', step)
      ) {
        const existing = await lookUp(rows.map(({ checked }) => checked.key))
        this.#mark(
          new Map(rows.map(({ row, checked }) => [row, { state: existing.has(checked.key) ? 'exists' : 'new' }])),
        )
      }
      this.#set({ is: 'ready' })
    } catch (error) {
      this.#set({ is: 'checking', error })
    }
  }

  /** Makes products of the new rows, until all are made, one call fails or it is stopped. */
  async send(): Promise<void> {
    this.#isStopped = false
    this.#set({ is: 'sending', error: undefined })
    try {
      for (let rows = this.#next(); rows.length > 0; rows = this.#next()) await this.#sendPart(rows)
      this.#set({ is: this.#of('new', 1).length > 0 ? 'ready' : 'ended' })
    } catch (error) {
      this.#set({ is: 'ready', error })
    }
  }

  /** Stops after the call that is under way. */
  stop(): void {
    this.#isStopped = true
  }

  /** Another file was chosen, or the page was left. */
  close(): void {
    this.#isClosed = true
    this.#isStopped = true
  }

  #next() {
    return this.#isStopped ? [] : this.#of('new', ITEMS_PER_CALL)
  }

  async #sendPart(rows: GoodRow[]): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
      try {
        await jumun.product.create.mutate({ items: rows.map(({ checked }) => checked) })
        this.#set({ is: 'sending' })
        return this.#mark(new Map(rows.map(({ row }) => [row, { state: 'done' }])))
      } catch (error) {
        const refused = isJumunError(error, 'BAD_REQUEST') ? refusedRows(rows, error.details.issues) : new Map()
        if (refused.size > 0) return this.#mark(refused)
        if (!(isJumunError(error) && error.isOutcomeUnknown) || this.#isStopped) throw error
        // The keys of the rows make it safe to send them again.
        this.#set({ is: 'unknown' })
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
  }

  #of(state: RowState, count: number): GoodRow[] {
    const found: GoodRow[] = []
    for (const row of this.#state.rows) {
      if (row.state === state && !isWrong(row.checked)) found.push(row as GoodRow)
      if (found.length === count) break
    }
    return found
  }

  #mark(changes: Map<number, Partial<ImportRow>>): void {
    this.#set({
      rows: this.#state.rows.map((row) => (changes.has(row.row) ? { ...row, ...changes.get(row.row) } : row)),
    })
  }

  #set(change: Partial<ImportState>): void {
    this.#state = { ...this.#state, ...change }
    if (!this.#isClosed) this.#tell(this.#state)
  }
}

type GoodRow = ImportRow & { checked: NewItem }

async function lookUp(keys: string[]): Promise<Set<string | null>> {
  const parts: string[][] = []
  for (let start = 0; start < keys.length; start += KEYS_MAX_ITEMS)
    parts.push(keys.slice(start, start + KEYS_MAX_ITEMS))
  const found = await Promise.all(parts.map((part) => jumun.admin.productsByKeys.mutate({ keys: part })))
  return new Set(found.flatMap(({ items }) => items.map(({ key }) => key)))
}

/** The rows that the server complains about. */
function refusedRows(rows: GoodRow[], issues: { path: unknown[]; message: string }[]): Map<number, Partial<ImportRow>> {
  const refused = new Map<number, Partial<ImportRow>>()
  for (const { path, message } of issues) {
    const row = rows[Number(path[1])]
    const wrong: Wrong = { why: 'server', message: `${String(path[2] ?? '')}: ${message}` }
    if (path[0] === 'items' && row) refused.set(row.row, { state: 'refused', checked: wrong })
  }
  return refused
}
