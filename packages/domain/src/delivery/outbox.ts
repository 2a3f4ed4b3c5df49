import type { EntityManager } from '@mikro-orm/postgresql'
import { fromKysely, PgBoss } from 'pg-boss'
import { SessionClient } from '../database/session-client.ts'
import { afterCommit } from '../database/transaction.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** The queue of outgoing events. */
export class Outbox extends PgBoss {
  /** Called when events of this process have been committed; the relay sets it. */
  onAdded: () => void = () => {}
}

/** The queue of events that the data platform has not accepted yet. */
export const OUTBOX = 'data-platform'

/** The queue of events that the platform rejected too often; kept until an operator replays them. */
export const DEAD_LETTERS = 'data-platform-dead-letters'

/** The lease of a claimed event. Longer than a live relay needs: 5 s for the platform, the rest to acknowledge or retry. */
const CLAIM_SECONDS = 10

/** How often each process checks for expired claims; pg-boss lets one of them do it. */
const SUPERVISE_SECONDS = 3

/** The longest delay before an event is retried. */
const RETRY_DELAY_MAX_SECONDS = 10

/** Longer than any outage: eleven days at 10 seconds a retry. Rejected events end sooner, see retry-events.ts. */
const RETRY_LIMIT = 100_000

/** pg-boss deletes jobs after this time, and an undelivered event must never be deleted. */
const RETENTION_SECONDS = 50 * 365 * 86_400

const STATEMENT_TIMEOUT_MS = 10_000

/** In milliseconds. pg-boss passes these and the client's class on to the driver without declaring their types. */
const connectionOptions = {
  Client: SessionClient,
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 10_000,
  connectionTimeoutMillis: 2_500,
  // These two detect a server that stopped responding without closing its connections.
  keepAlive: true,
  query_timeout: STATEMENT_TIMEOUT_MS + 1_000,
}

/**
 * Opens the queue; the caller calls `start()` and `stop()`. Background failures (a broken idle connection, failed
 * maintenance) are emitted as `error`, and the next attempt recovers from them.
 *
 * @param maintain whether this process also frees the events of dead relays
 */
export function openOutbox({ url, maintain }: { url: string; maintain: boolean }): Outbox {
  const outbox = new Outbox({
    ...connectionOptions,
    connectionString: url,
    application_name: 'jumun-outbox',
    max: 3,
    migrate: false,
    createSchema: false,
    supervise: maintain,
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    // pg-boss frees expired claims at this interval, not at the one above.
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    registerInstance: false,
  })
  return ignoreErrors(outbox)
}

/** Creates or upgrades the queues. Safe to run again. */
export async function migrateOutbox(url: string): Promise<void> {
  const settings = {
    Client: SessionClient,
    connectionString: url,
    max: 1,
    supervise: false,
    schedule: false,
    registerInstance: false,
  }
  const boss = ignoreErrors(new PgBoss(settings))
  await boss.start()
  try {
    // 0 keeps dead letters that could not be replayed.
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

/** An `error` event without a listener would end the process. */
function ignoreErrors<Boss extends PgBoss>(boss: Boss): Boss {
  return boss.on('error', () => {})
}

type QueueSettings = Omit<NonNullable<Parameters<PgBoss['createQueue']>[1]>, 'policy' | 'partition'>

async function createQueue(boss: PgBoss, name: string, settings: QueueSettings): Promise<void> {
  await boss.createQueue(name, settings)
  await boss.updateQueue(name, settings)
}

/**
 * Adds events to the outbox in the transaction of `em`, so that they are sent if and only if it commits. The commit wakes
 * the relay of this process.
 */
export async function addToOutbox(em: EntityManager, outbox: Outbox, events: OutgoingEvent[]): Promise<void> {
  if (events.length === 0) return
  const transaction = em.getTransactionContext()
  if (!transaction) throw new Error('Events are added to the outbox inside a transaction only.')
  const jobs = events.map((event) => ({ id: event.id, data: event }))
  await outbox.insert(OUTBOX, jobs, { db: fromKysely(transaction) })
  afterCommit(em, outbox.onAdded)
}
