import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { inTransaction } from '../database/transaction.ts'
import { isOutgoing, type OutgoingChange } from '../feed/outgoing-change.ts'
import { type Position, readChanges } from '../feed/read-changes.ts'
import { acquireLease } from './delivery-cursor.ts'
import { toEvent } from './outgoing-event.ts'

/** An event that this relay may send while it has the lease. */
export interface ClaimedEvent {
  id: string
  /** The event as it is sent. */
  json: string
  change: OutgoingChange
  /** How often it was sent without success, and how often the platform has rejected it. */
  attempts: number
  rejections: number
  /** The position after the event in the feed; undefined for a retry. */
  after?: Position
}

/** Events to send. */
export interface Claim {
  /** The events to retry, and then those of the feed. */
  events: ClaimedEvent[]
  /** Where the cursor is now, and where it will be when all events of this claim are settled. */
  from: Position
  upTo: Position
}

/**
 * Acquires the lease of the delivery cursor and reads what to send next: events that are due for a retry, at most half of the limit, and
 * then the next ones of the feed.
 *
 * @returns undefined if there is nothing to do, or another relay has the lease
 */
export async function claimEvents(em: EntityManager, owner: string, limit: number): Promise<Claim | undefined> {
  return inTransaction(em, async (em) => {
    const from = await acquireLease(em, owner)
    if (!from) return undefined
    const retries = await readDue(em, Math.ceil(limit / 2))
    const { events, upTo } = await readNext(em, from, limit - retries.length)
    return { events: [...retries, ...events], from, upTo }
  })
}

async function readDue(em: EntityManager, limit: number): Promise<ClaimedEvent[]> {
  const rows = await runStatement<{ event: OutgoingChange; attempts: number; rejections: number }>(
    em,
    'select event, attempts, rejections from undelivered_event where due_at <= now() order by due_at limit $1::int',
    [limit],
  )
  // Send an order's first version before its second where possible.
  rows.sort((a, b) => a.event.data.version - b.event.data.version)
  return rows.map(({ event, ...counts }) => toClaimed(event, counts))
}

async function readNext(
  em: EntityManager,
  from: Position,
  limit: number,
): Promise<{ events: ClaimedEvent[]; upTo: Position }> {
  if (limit === 0) return { events: [], upTo: from }
  // One more, because the first row may be done already.
  const read = await readChanges(em, from, { limit: limit + 1, outgoing: true })
  // Trimming keeps what the cursor needs.
  if (!read) throw new Error('The feed does not have the tick of the delivery cursor.')
  const { rows, last, cut } = read
  const events = rows.flatMap(({ tick, id, events }) => {
    const skip = tick === from.tick + 1 && id === from.changeId ? from.done : 0
    const outgoing = events.filter(isOutgoing).slice(skip)
    return outgoing.map((change, index): ClaimedEvent => {
      const after = { tick: tick - 1, changeId: id, done: skip + index + 1 }
      return { ...toClaimed(change, { attempts: 0, rejections: 0 }), after }
    })
  })
  const all = !cut && events.length <= limit
  const taken = events.slice(0, limit)
  return { events: taken, upTo: all ? { tick: last.tick, changeId: 0, done: 0 } : (taken.at(-1)?.after ?? from) }
}

function toClaimed(change: OutgoingChange, counts: { attempts: number; rejections: number }): ClaimedEvent {
  return { id: change.id, json: JSON.stringify(toEvent(change)), change, ...counts }
}
