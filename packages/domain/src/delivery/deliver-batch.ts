import { randomUUID } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { advanceFeed } from '../feed/advance-feed.ts'
import { type Claim, type ClaimedEvent, claimEvents } from './claim-events.ts'
import type { DataPlatform } from './data-platform.ts'
import { deliverEvents, type Verdict } from './deliver-events.ts'
import { type Failure, recordOutcomes } from './record-outcomes.ts'

/** The most events of one batch. */
export const BATCH_SIZE_MAX = 500

const THIS_PROCESS = randomUUID()

export interface DeliveryOptions {
  em: EntityManager
  platform: DataPlatform
  /** Id of the relay; default: one for the process. */
  owner?: string
  /** The most events to claim, 1 to 500; default 500. */
  limit?: number
  /** Whether the platform has accepted events recently. Only then does a refused request count as a rejection of its event. */
  platformWorks?: boolean
  /** The least time between two ticks of the feed, in milliseconds. With 0, the default, it sees every change committed before the call. */
  tickIntervalMs?: number
}

/** The result of one batch. */
export interface Delivery {
  /** Events that the platform accepted. */
  delivered: number
  /** Events that it did not accept: they are retried, or have become dead letters. */
  failed: number
  /** How many of the failed events indicate an outage of the platform. */
  unanswered: number
  /** How many of the failed events have become dead letters. */
  deadLettered: number
  /** Why the first of the failed events failed. */
  reason?: string
}

const NOTHING: Delivery = { delivered: 0, failed: 0, unanswered: 0, deadLettered: 0 }

/**
 * Claims the next events, sends them to the data platform, and moves the cursor past those that the platform answered. Events that it did
 * not accept are kept for a retry. During an outage the cursor does not move. No transaction is open while it waits for the platform.
 *
 * If the process dies, another relay continues from the cursor when the lease has ended. It may send events again; the platform recognises
 * duplicates by their ids.
 */
export async function deliverBatch(options: DeliveryOptions): Promise<Delivery> {
  const {
    em,
    platform,
    owner = THIS_PROCESS,
    limit = BATCH_SIZE_MAX,
    platformWorks = false,
    tickIntervalMs = 0,
  } = options
  await advanceFeed(em.fork(), tickIntervalMs)
  const claim = await claimEvents(em, owner, limit)
  if (!claim) return NOTHING
  const { events } = claim
  if (events.length === 0) {
    await recordOutcomes(em, owner, { accepted: [], failures: [], position: claim.upTo, outage: null })
    return NOTHING
  }
  const verdicts = await deliverEvents(platform, events)
  const accepted = events.filter((event) => verdicts.get(event)?.kind === 'accepted')
  const failed = events.flatMap((event) => toFailure(event, verdicts.get(event), platformWorks))
  const recorded = recordedPart(claim, (event) => verdicts.get(event)?.kind !== 'unanswered')
  const [outage] = failed.filter(({ event }) => !recorded.events.has(event))
  const deadLettered = await recordOutcomes(em, owner, {
    accepted,
    failures: failed.filter(({ event }) => recorded.events.has(event)),
    position: recorded.position,
    outage: outage?.reason ?? null,
  })
  const [failure] = failed
  return {
    delivered: accepted.length,
    failed: failed.length,
    unanswered: failed.filter(({ rejected }) => !rejected).length,
    deadLettered,
    ...(failure ? { reason: failure.reason } : {}),
  }
}

/**
 * Chooses the events to settle: all retries, and the events of the feed up to the last one that the platform answered. The cursor stays
 * before the later ones, so that an outage writes no row for each event. An unanswered event before an answered one is kept for a retry, so
 * that it does not block the others.
 */
function recordedPart({ events, from, upTo }: Claim, isAnswered: (event: ClaimedEvent) => boolean) {
  const last = events.findLast((event) => event.after && isAnswered(event))
  const end = last ? events.indexOf(last) : -1
  const recorded = events.filter(({ after }, index) => !after || index <= end)
  const all = recorded.length === events.length
  return { events: new Set(recorded), position: all ? upTo : (last?.after ?? from) }
}

function toFailure(event: ClaimedEvent, verdict: Verdict | undefined, platformWorks: boolean): Failure[] {
  if (!verdict || verdict.kind === 'accepted') return []
  const rejected = verdict.kind === 'rejected' || (verdict.kind === 'refused' && platformWorks)
  return [{ event, reason: verdict.reason, rejected }]
}
