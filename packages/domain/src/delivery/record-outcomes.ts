import { FAILURE_REASON_MAX_LENGTH } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import type { Position } from '../feed/read-changes.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'
import type { ClaimedEvent } from './claim-events.ts'
import { moveCursor } from './delivery-cursor.ts'
import { retryDelay } from './retry-delay.ts'

/** An event that was rejected this often, over about three minutes, becomes a dead letter. */
export const REJECTIONS_MAX = 20

/** An event that was not accepted, and why. */
export interface Failure {
  event: ClaimedEvent
  reason: string
  /** Whether the platform rejected this event, as opposed to an outage. */
  rejected: boolean
}

/** What became of claimed events. */
export interface Outcomes {
  accepted: ClaimedEvent[]
  /** Those that are to be sent again by themselves. */
  failures: Failure[]
  position: Position
  /** Why the events after the position could not be delivered; null if nothing is known against it. */
  outage: string | null
}

/**
 * Writes the result of a batch in one transaction: moves the cursor, deletes accepted events that were retried, and keeps each failed event
 * for a retry, or as a dead letter if it was rejected too often. Writes nothing if another relay has taken the lease.
 *
 * @returns how many became dead letters
 */
export async function recordOutcomes(
  em: EntityManager,
  owner: string,
  { accepted, failures, position, outage }: Outcomes,
): Promise<number> {
  return inTransaction(em, async (em) => {
    const reason = outage === null ? null : toStorable(outage)
    if (!(await moveCursor(em, owner, { position, reason }))) return 0
    const retried = accepted.filter(({ after }) => after === undefined).map(({ id }) => id)
    if (retried.length > 0)
      await runStatement(em, 'delete from undelivered_event where id = any($1::uuid[])', [retried])
    await keepFailed(em, failures)
    const dead = failures.filter(isDead)
    await writeChanges(em, await transactionTime(em), dead.map(toDeadChange))
    return dead.length
  })
}

async function keepFailed(em: EntityManager, failures: Failure[]): Promise<void> {
  if (failures.length === 0) return
  // An event may be in the feed and be retried at once, after the database was restored.
  const byId = new Map(failures.map((failure) => [failure.event.id, failure]))
  const rows = [...byId.values()].map((failure) => {
    const { event, reason, rejected } = failure
    const { id, change, attempts, rejections } = event
    return {
      id,
      event: JSON.stringify(change),
      orderId: change.data.order.id,
      version: change.data.version,
      attempts: attempts + 1,
      rejections: rejections + Number(rejected),
      reason: toStorable(reason),
      since: change.at,
      dead: isDead(failure),
    }
  })
  await runStatement(
    em,
    `insert into undelivered_event (id, event, order_id, version, attempts, rejections, reason, since, due_at)
      select id, event, order_id, version, attempts, rejections, reason, case when dead then now() else since end,
          case when not dead then now() + ${retryDelay('attempts')} end
        from unnest($1::uuid[], $2::json[], $3::uuid[], $4::int[], $5::int[], $6::int[], $7::text[], $8::timestamptz[], $9::bool[])
          as given (id, event, order_id, version, attempts, rejections, reason, since, dead)
      on conflict (id) do update set attempts = excluded.attempts, rejections = excluded.rejections, reason = excluded.reason,
        due_at = excluded.due_at, since = case when excluded.due_at is null then excluded.since else undelivered_event.since end`,
    (['id', 'event', 'orderId', 'version', 'attempts', 'rejections', 'reason', 'since', 'dead'] as const).map((name) =>
      rows.map((row) => row[name]),
    ),
  )
}

function isDead({ event, rejected }: Failure): boolean {
  return event.rejections + Number(rejected) >= REJECTIONS_MAX
}

function toDeadChange({ event: { id, change }, reason }: Failure): NewChange {
  const data = { eventId: id, orderId: change.data.order.id, reason: toStorable(reason) }
  return { type: 'delivery.dead', actor: null, data }
}

/** A reason may hold any text; json and text accept no NUL, and UTF-8 has no lone surrogate. */
function toStorable(reason: string): string {
  return reason.slice(0, FAILURE_REASON_MAX_LENGTH).toWellFormed().replaceAll('\0', '\uFFFD')
}
