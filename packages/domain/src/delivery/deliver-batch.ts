import type { Job } from 'pg-boss'
import { OUTBOX, type Outbox, type OutgoingEvent } from './outbox.ts'
import { type DataPlatform, DeliveryError, sendEvents } from './send-events.ts'

/** The most events of one request. */
const BATCH_SIZE = 500

type EventJob = Job<OutgoingEvent>

/** What one batch came to. */
export interface Delivery {
  delivered: number
  /** Events that go back into the queue, each to be tried again on its own after a jittered backoff. */
  failed: number
  /** Why, if any failed. */
  reason?: string
}

/**
 * Takes waiting events from the outbox, sends them to the data platform, and settles each by the platform's answer.
 * No transaction is open while the platform is being waited for. A process that dies on the way leaves its events to the
 * next one, which may send them again: the platform recognises them by their ids.
 */
export async function deliverBatch(outbox: Outbox, platform: DataPlatform): Promise<Delivery> {
  const jobs = await outbox.fetch<OutgoingEvent>(OUTBOX, { batchSize: BATCH_SIZE })
  return jobs.length === 0 ? { delivered: 0, failed: 0 } : deliver(outbox, platform, jobs)
}

async function deliver(outbox: Outbox, platform: DataPlatform, jobs: EventJob[]): Promise<Delivery> {
  try {
    const answer = await sendEvents(
      platform,
      jobs.map((job) => job.data),
    )
    const taken = new Set([...answer.accepted, ...answer.duplicates])
    const reasons = new Map(answer.rejected.map(({ id, reason }) => [id, reason]))
    const [done, left] = partition(jobs, (job) => taken.has(job.data.id))
    if (done.length > 0) await outbox.complete(OUTBOX, done.map(toAttempt))
    return await giveBack(outbox, done.length, left, (job) => reasons.get(job.data.id) ?? 'Not acknowledged.')
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    if (error.refused && jobs.length > 1) return deliverHalves(outbox, platform, jobs)
    return giveBack(outbox, 0, jobs, () => error.message)
  }
}

/** One event that the platform cannot digest must not hold up the others of its request. */
async function deliverHalves(outbox: Outbox, platform: DataPlatform, jobs: EventJob[]): Promise<Delivery> {
  const middle = Math.ceil(jobs.length / 2)
  const first = await deliver(outbox, platform, jobs.slice(0, middle))
  const second = await deliver(outbox, platform, jobs.slice(middle))
  const reason = first.reason ?? second.reason
  return {
    delivered: first.delivered + second.delivered,
    failed: first.failed + second.failed,
    ...(reason === undefined ? {} : { reason }),
  }
}

async function giveBack(
  outbox: Outbox,
  delivered: number,
  jobs: EventJob[],
  reasonOf: (job: EventJob) => string,
): Promise<Delivery> {
  const byReason = Map.groupBy(jobs, reasonOf)
  for (const [reason, group] of byReason) await outbox.fail(OUTBOX, group.map(toAttempt), { reason })
  const [reason] = byReason.keys()
  return { delivered, failed: jobs.length, ...(reason === undefined ? {} : { reason }) }
}

/** Names the attempt, so that a relay that came back late cannot settle what another one has taken over. */
function toAttempt({ id, retryCount }: EventJob): { id: string; retryCount: number } {
  return { id, retryCount }
}

function partition<Item>(items: Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  const groups = Map.groupBy(items, test)
  return [groups.get(true) ?? [], groups.get(false) ?? []]
}
