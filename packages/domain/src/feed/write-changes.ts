import { randomUUIDv7 } from 'node:crypto'
import type { Change, StockReason } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { afterCommit, write } from '../database/transaction.ts'
import { recordedTraceparent } from '../tracing/tracing.ts'
import { isOutgoing, type Traced } from './outgoing-change.ts'

/** A change as a use case describes it, without its id and time. */
export type NewChange = Traced<
  { [Type in Change['type']]: Omit<Extract<Change, { type: Type }>, 'id' | 'at'> }[Change['type']]
>

/** Inserts one row into the feed: `$1` the changes as JSON, `$2` how many of them go to the data platform. */
const INSERT_CHANGES = 'insert into change (events, outgoing) values ($1::json, $2::int)'

type Listener = (changes: NewChange[]) => void

/** The functions to call after each commit that wrote changes, by database. */
const listeners = new WeakMap<object, Set<Listener>>()

/**
 * Adds the changes of a transaction to the feed, in that transaction, so that readers and the data platform get them if and only if it
 * commits. Call it once in a transaction, after all row locks are taken: the row's id then sorts the changes of each locked row.
 */
export async function writeChanges(em: EntityManager, now: Date, changes: NewChange[]): Promise<void> {
  if (changes.length === 0) return
  const traceparent = recordedTraceparent()
  const traced = traceparent === undefined ? changes : changes.map((change) => ({ ...change, traceparent }))
  await write(em, INSERT_CHANGES, toRow(em, now, traced))
}

/** The values of `INSERT_CHANGES`, for a larger statement. The commit calls the listeners. */
export function toRow(em: EntityManager, now: Date, changes: NewChange[]): [events: string, outgoing: number] {
  const at = now.toISOString()
  const events = changes.map((change): Change => ({ id: randomUUIDv7(), at, ...change }))
  const notified = listeners.get(em.getDriver())
  if (notified) afterCommit(em, () => notified.forEach((listener) => void listener(changes)))
  return [JSON.stringify(events), events.filter(isOutgoing).length]
}

/** The change of a stock. */
export function stockChanged(
  productId: number,
  quantity: number,
  reason: StockReason,
  actor: string | null,
): NewChange {
  return { type: 'stock.changed', actor, data: { productId, quantity, reason } }
}

/**
 * Calls a listener after each commit of this process that wrote changes to the database of `em`, with these changes.
 *
 * @returns a function that ends the calls
 */
export function onChangesWritten(em: EntityManager, listener: Listener): () => void {
  const notified = listeners.get(em.getDriver()) ?? new Set<Listener>()
  listeners.set(em.getDriver(), notified.add(listener))
  return () => void notified.delete(listener)
}
