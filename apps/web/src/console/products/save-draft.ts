import { isJumunError, type Product, type UpdateProductInput } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { jumun } from '../../shared/jumun.ts'
import { stockReader } from '../../shared/stock.ts'
import { describeError } from '../components/states.tsx'
import { randomKey } from '../components/use-sure-call.ts'
import { type RowDraft, savable, toInput, without } from './draft.ts'
import { changeDraft, changeRow, readDraft } from './draft-store.ts'

/** How many rows are under way at once. Calls of one tick share a request. */
const IN_FLIGHT = 20
const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 10_000
/** The server keeps keys for 24 hours; after that a repetition would be another call. */
const MAX_AGE_MS = 20 * 3_600_000

export interface SaveResult {
  saved: Product[]
  conflicts: number
  refused: number
}

/** Rows that this page is sending. Those that an earlier page sent are only in the draft. */
const underWay = new Set<number>()

/** Sends every row of the draft that can be saved. What is accepted leaves the draft at once; the rest stays. */
export function saveDraft(reason: string, onSaved: (product: Product) => void): Promise<SaveResult> {
  return sendAll(savable(readDraft()), onSaved, (row) => toInput(row, reason, randomKey()))
}

/** Asks again for what was sent before a reload, with the same keys. */
export function resumeSaving(onSaved: (product: Product) => void): Promise<SaveResult> {
  const unanswered = Object.values(readDraft()).filter(({ id, sent }) => sent && !underWay.has(id))
  return sendAll(unanswered, onSaved, ({ sent }) => sent?.input)
}

async function sendAll(
  rows: readonly RowDraft[],
  onSaved: (product: Product) => void,
  inputOf: (row: RowDraft) => UpdateProductInput | undefined,
): Promise<SaveResult> {
  const result: SaveResult = { saved: [], conflicts: 0, refused: 0 }
  for (let start = 0; start < rows.length; start += IN_FLIGHT) {
    const calls = rows.slice(start, start + IN_FLIGHT).flatMap((row) => {
      const input = inputOf(row)
      return input ? [{ id: row.id, at: row.sent?.at ?? Date.now(), input }] : []
    })
    // The keys are stored before anything is sent.
    changeDraft((draft) => {
      const sent = calls.map(({ id, at, input }) => [id, markSent(draft[id], input, at)] as const)
      return { ...draft, ...Object.fromEntries(sent.filter(([, row]) => row !== undefined)) }
    })
    const ends = await Promise.all(calls.map(({ id, at, input }) => sendRow(id, input, at)))
    for (const end of ends) {
      if (typeof end === 'object') {
        result.saved.push(end)
        onSaved(end)
      } else result[end] += 1
    }
  }
  return result
}

function markSent(row: RowDraft | undefined, input: UpdateProductInput, at: number): RowDraft | undefined {
  if (!row) return undefined
  const { refusal: _refusal, ...rest } = row
  return { ...rest, sent: { input, at } }
}

/** Sends one row until its outcome is known. */
async function sendRow(id: number, input: UpdateProductInput, at: number): Promise<Product | 'conflicts' | 'refused'> {
  underWay.add(id)
  try {
    for (let waitMs = FIRST_WAIT_MS; Date.now() - at < MAX_AGE_MS; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
      try {
        const learnStock = stockReader()
        const product = await jumun.product.update.mutate(input)
        learnStock([product])
        changeDraft((draft) => without(draft, id))
        return product
      } catch (error) {
        if (isJumunError(error, 'PRODUCT_CHANGED')) {
          giveBack(id, { conflict: error.details.product })
          return 'conflicts'
        }
        if (!(isJumunError(error) && error.isOutcomeUnknown)) {
          giveBack(id, { refusal: describeRefusal(error) })
          return 'refused'
        }
        changeRow(id, { sent: { input, at, isUnknown: true } })
        await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
    }
    giveBack(id, { refusal: m.outcome_never_known() })
    return 'refused'
  } finally {
    underWay.delete(id)
  }
}

/** A refused row can be edited again. */
function giveBack(id: number, why: Pick<RowDraft, 'conflict' | 'refusal'>): void {
  changeDraft((draft) => {
    if (!draft[id]) return draft
    const { sent: _sent, ...row } = draft[id]
    return { ...draft, [id]: { ...row, ...why } }
  })
}

function describeRefusal(error: unknown): string {
  if (isJumunError(error, 'OUT_OF_STOCK')) return m.products_too_few()
  if (isJumunError(error, 'PRODUCT_NOT_FOUND')) return m.products_is_removed()
  return describeError(error)
}
