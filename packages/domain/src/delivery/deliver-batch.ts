import { acknowledgeEvents } from './acknowledge-events.ts'
import { type ClaimedEvent, claimEvents } from './claim-events.ts'
import type { DataPlatform } from './data-platform.ts'
import { deliverEvents, type Verdict } from './deliver-events.ts'
import type { Outbox } from './outbox.ts'
import { type Failure, retryEvents } from './retry-events.ts'

/** The most events of one batch. */
export const BATCH_SIZE_MAX = 500

export interface DeliveryOptions {
  outbox: Outbox
  platform: DataPlatform
  /** The most events to claim, 1 to 500; default 500. */
  limit?: number
  /** Whether the platform has accepted events recently: only then does a refused request count as a rejection of its event. */
  platformWorks?: boolean
}

/** The result of one batch. */
export interface Delivery {
  /** Events that the platform accepted. */
  delivered: number
  /** Events that it did not accept: they are retried, or have become dead letters. */
  failed: number
  /** Those of the failed that indicate an outage of the platform. */
  unanswered: number
  /** Those of the failed that have become dead letters. */
  deadLettered: number
  /** Why the first of them failed. */
  reason?: string
}

/**
 * Claims events from the outbox, delivers them to the data platform, and acknowledges or retries each by the platform's
 * answer. No transaction is open while it waits for the platform. If the process dies, another one claims its events after
 * their lease and may send them again: the platform recognises duplicates by their ids.
 */
export async function deliverBatch(options: DeliveryOptions): Promise<Delivery> {
  const { outbox, platform, limit = BATCH_SIZE_MAX, platformWorks = false } = options
  const events = await claimEvents(outbox, limit)
  if (events.length === 0) return { delivered: 0, failed: 0, unanswered: 0, deadLettered: 0 }

  const verdicts = await deliverEvents(platform, events)

  const accepted = events.filter((event) => verdicts.get(event)?.kind === 'accepted')
  await acknowledgeEvents(outbox, accepted)
  const failures = [...verdicts].flatMap(([event, verdict]) => toFailure(event, verdict, platformWorks))
  const deadLettered = await retryEvents(outbox, failures)

  const [failure] = failures
  return {
    delivered: accepted.length,
    failed: failures.length,
    unanswered: failures.filter(({ rejected }) => !rejected).length,
    deadLettered,
    ...(failure ? { reason: failure.reason } : {}),
  }
}

function toFailure(event: ClaimedEvent, verdict: Verdict, platformWorks: boolean): Failure[] {
  if (verdict.kind === 'accepted') return []
  const rejected = verdict.kind === 'rejected' || (verdict.kind === 'refused' && platformWorks)
  return [{ event, reason: verdict.reason, rejected }]
}
