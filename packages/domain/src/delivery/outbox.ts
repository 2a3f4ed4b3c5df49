import type { EntityManager } from '@mikro-orm/postgresql'
import { fromKysely, PgBoss } from 'pg-boss'
import type { OutgoingEvent } from './outgoing-event.ts'

/** The queue of outgoing events. */
export type Outbox = PgBoss

/** Outgoing events wait here until the data platform has taken them. */
export const OUTBOX = 'data-platform'

/** Events that the platform did not take after all retries; kept until an operator replays them. */
export const DEAD_LETTERS = 'data-platform-dead-letters'

/** How long a relay that died holds its events. Longer than a live one needs: 5 s for the platform, the rest to settle. */
const CLAIM_SECONDS = 10

/** How often to look for claims that ran out; each process looks, and one of them does it. */
const SUPERVISE_SECONDS = 3

/** An event waits this long between two tries at most. */
const RETRY_DELAY_MAX_SECONDS = 10

/** Longer than any outage: at 10 seconds a try, eleven days. Rejected events end sooner, see settle-events.ts. */
const RETRY_LIMIT = 100_000

/** pg-boss deletes what has waited so long; nothing undelivered may ever be. */
const RETENTION_SECONDS = 50 * 365 * 86_400

const STATEMENT_TIMEOUT_MS = 10_000
const LOCK_TIMEOUT_MS = 5_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
const CONNECT_TIMEOUT_MS = 2_500

const sessionLimits = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
}

/** For a server that no longer answers at all, nor says that it is gone. */
const silentServer = { keepAlive: true, query_timeout: STATEMENT_TIMEOUT_MS + 1_000 }

/**
 * Opens the queue. `start()` and `stop()` are the caller's. What goes wrong in the background (a connection that breaks
 * while nobody uses it, a failed maintenance) is told by the event `error`, and put right by the next attempt.
 *
 * @param maintain whether this process also frees the events of relays that died
 */
export function openOutbox({ url, maintain }: { url: string; maintain: boolean }): Outbox {
  const outbox = new PgBoss({
    ...silentServer,
    ...sessionLimits,
    connectionString: url,
    application_name: 'jumun-outbox',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    max: 3,
    migrate: false,
    createSchema: false,
    supervise: maintain,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    // Claims are freed at this interval, not at the one above.
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    registerInstance: false,
  })
  return heedErrors(outbox)
}

/** Creates or upgrades the queues. Safe to run again. */
export async function migrateOutbox(url: string): Promise<void> {
  const settings = { connectionString: url, max: 1, supervise: false, schedule: false, registerInstance: false }
  const boss = heedErrors(new PgBoss(settings))
  await boss.start()
  try {
    // 0: one that could not be replayed stays to be seen.
    await createQueue(boss, DEAD_LETTERS, { retentionSeconds: RETENTION_SECONDS, deleteAfterSeconds: 0 })
    await createQueue(boss, OUTBOX, {
      retentionSeconds: RETENTION_SECONDS,
      deadLetter: DEAD_LETTERS,
      expireInSeconds: CLAIM_SECONDS,
      retryLimit: RETRY_LIMIT,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: RETRY_DELAY_MAX_SECONDS,
    })
  } finally {
    await boss.stop({ graceful: false })
  }
}

/** An `error` that nobody listens to would end the process. */
function heedErrors(boss: Outbox): Outbox {
  return boss.on('error', () => {})
}

type QueueSettings = Omit<NonNullable<Parameters<PgBoss['createQueue']>[1]>, 'policy' | 'partition'>

async function createQueue(boss: Outbox, name: string, settings: QueueSettings): Promise<void> {
  await boss.createQueue(name, settings)
  await boss.updateQueue(name, settings)
}

/**
 * Adds events to the outbox inside the transaction of `em`: they are sent if, and only if, it commits.
 */
export async function addToOutbox(em: EntityManager, outbox: Outbox, events: OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return
  const transaction = em.getTransactionContext()
  if (!transaction) throw new Error('Events are added to the outbox inside a transaction only.')
  const jobs = events.map((event) => ({ id: event.id, data: event }))
  await outbox.insert(OUTBOX, jobs, { db: fromKysely(transaction) })
}
