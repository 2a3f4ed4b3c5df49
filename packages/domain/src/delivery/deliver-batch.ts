import { type TakenEvent, takeEvents } from './claim-events.ts'
import { offerEvents, type Verdict } from './deliver-events.ts'
import type { Outbox } from './outbox.ts'
import type { DataPlatform } from './send-events.ts'
import { type Failure, giveBackEvents, removeEvents } from './settle-events.ts'

/** The most events of one batch. */
export const BATCH_SIZE_MAX = 500

export interface DeliveryOptions {
  outbox: Outbox
  platform: DataPlatform
  /** How many events to take, 1 to 500; default 500. */
  limit?: number
  /** Whether the platform has taken events lately: only then does its refusal of a request speak against an event. */
  platformWorks?: boolean
}

/** What one batch came to. */
export interface Delivery {
  /** Events that the platform has. */
  delivered: number
  /** Events that it has not: they are tried again one by one, or are dead letters now. */
  failed: number
  /** Those of the failed that say more about the platform than about the event. */
  unanswered: number
  /** Those of the failed that are dead letters now, for people to look at. */
  buried: number
  /** Why, if any failed. */
  reason?: string
}

/**
 * Takes waiting events from the outbox, offers them to the data platform, and settles each by the platform's answer.
 * No transaction is open while the platform is being waited for. A process that dies on the way leaves its events to the
 * next one, which may send them again: the platform recognises them by their ids.
 */
export async function deliverBatch(options: DeliveryOptions): Promise<Delivery> {
  const { outbox, platform, limit = BATCH_SIZE_MAX, platformWorks = false } = options
  const events = await takeEvents(outbox, limit)
  if (events.length === 0) return { delivered: 0, failed: 0, unanswered: 0, buried: 0 }

  const verdicts = await offerEvents(platform, events)

  const delivered = events.filter((event) => verdicts.get(event)?.kind === 'accepted')
  await removeEvents(outbox, delivered)
  const failures = [...verdicts].flatMap(([event, verdict]) => toFailure(event, verdict, platformWorks))
  const buried = await giveBackEvents(outbox, failures)

  const [failure] = failures
  return {
    delivered: delivered.length,
    failed: failures.length,
    unanswered: failures.filter(({ rejected }) => !rejected).length,
    buried,
    ...(failure ? { reason: failure.reason } : {}),
  }
}

function toFailure(event: TakenEvent, verdict: Verdict, platformWorks: boolean): Failure[] {
  if (verdict.kind === 'accepted') return []
  const rejected = verdict.kind === 'rejected' || (verdict.kind === 'refused' && platformWorks)
  return [{ event, reason: verdict.reason, rejected }]
}
