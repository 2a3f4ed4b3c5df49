import type { EntityManager } from '@mikro-orm/postgresql'
import { fromKysely, PgBoss } from 'pg-boss'
import type { Order } from '../order/order.contract.ts'

/** The queue of outgoing events. */
export type Outbox = PgBoss

/** Outgoing events wait here until the data platform has taken them. */
export const OUTBOX = 'data-platform'

/** Events that the platform did not take after all retries; kept until an operator replays them. */
export const DEAD_LETTERS = 'data-platform-dead-letters'

const DAY_SECONDS = 86_400

/** What the data platform is told. */
export interface OutgoingEvent {
  /** A UUID, the same through every retry and replay, by which the platform recognises duplicates. */
  id: string
  type: 'order.paid' | 'order.cancelled'
  orderId: string
  /** Grows with each change of the order, so that a late event cannot overwrite a newer one. */
  version: number
  /** ISO 8601, UTC. */
  occurredAt: string
  order: Order
}

/** Opens the queue. `start()` and `stop()` are the caller's. */
export function openOutbox({ url, maintain }: { url: string; maintain: boolean }): Outbox {
  return new PgBoss({
    connectionString: url,
    application_name: 'jumun-outbox',
    max: 3,
    migrate: false,
    createSchema: false,
    supervise: maintain,
    schedule: false,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 60,
    registerInstance: false,
  })
}

/** Creates or upgrades the queues. Safe to run again. */
export async function migrateOutbox(url: string): Promise<void> {
  const boss = new PgBoss({ connectionString: url, max: 1, supervise: false, schedule: false, registerInstance: false })
  await boss.start()
  try {
    const limits = { retentionSeconds: 365 * DAY_SECONDS, deleteAfterSeconds: DAY_SECONDS }
    await createQueue(boss, DEAD_LETTERS, limits)
    await createQueue(boss, OUTBOX, {
      ...limits,
      deadLetter: DEAD_LETTERS,
      // A relay that died holds its events this long.
      expireInSeconds: 15,
      // An outage of the platform must not use an event's retries up: at one try in 5 to 10 seconds they last a week.
      retryLimit: 100_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 10,
    })
  } finally {
    await boss.stop({ graceful: false })
  }
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
