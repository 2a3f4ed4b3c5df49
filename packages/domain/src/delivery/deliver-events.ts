import { inDeliverySpan } from '../tracing/tracing.ts'
import type { ClaimedEvent } from './claim-events.ts'
import { type DataPlatform, DeliveryError, timeLimit } from './data-platform.ts'
import { type PlatformAnswer, sendEvents } from './send-events.ts'

/** Signing this much blocks the event loop for 5 ms. One event has about 100 kB at most. */
const BODY_MAX_BYTES = 1_000_000

/** What the platform did with one event. */
export type Verdict =
  | { kind: 'accepted' }
  /** It rejected the event by its id, with a reason. */
  | { kind: 'rejected'; reason: string }
  /** It answered a request, and did not mention this event. */
  | { kind: 'unmentioned'; reason: string }
  /** It refused a request that held this event alone. */
  | { kind: 'refused'; reason: string }
  /** Whether it accepted the event is unknown. */
  | { kind: 'unanswered'; reason: string }

/**
 * Sends events to the data platform in as few requests as possible. Large batches are split by size, and a request that the
 * platform refuses is halved until the events that it cannot process are alone.
 * Takes 5 seconds at most in all; an event without an answer by then is `unanswered`.
 *
 * @returns a verdict for every event
 */
export async function deliverEvents(platform: DataPlatform, events: ClaimedEvent[]) {
  const signal = timeLimit(platform)
  const verdicts = new Map<ClaimedEvent, Verdict>()
  const setAll = (failed: ClaimedEvent[], kind: 'refused' | 'unanswered', reason: string) => {
    for (const event of failed) verdicts.set(event, { kind, reason })
  }
  const requests = toRequests(events)
  for (let request = requests.shift(); request; request = requests.shift()) {
    try {
      const json = request.map((event) => event.json)
      const traceparents = request.map(({ change }) => change.traceparent)
      const answer = await inDeliverySpan(traceparents, (headers) => sendEvents(platform, json, signal, headers))
      for (const [event, verdict] of readVerdicts(answer, request)) verdicts.set(event, verdict)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      if (error.refused && request.length > 1) requests.unshift(...halve(request))
      else if (error.refused) setAll(request, 'refused', error.message)
      // A platform that fails this request would fail the next one too, so the rest is not sent.
      else setAll([...request, ...requests.splice(0).flat()], 'unanswered', error.message)
    }
  }
  return verdicts
}

function toRequests(events: ClaimedEvent[]): ClaimedEvent[][] {
  const requests: ClaimedEvent[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const event of events) {
    const size = Buffer.byteLength(event.json)
    bytes += size
    if (bytes > BODY_MAX_BYTES) {
      requests.push([])
      bytes = size
    }
    requests.at(-1)?.push(event)
  }
  return requests
}

function halve<Item>(items: Item[]): [Item[], Item[]] {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}

/** Ignores ids that were not sent. An event both accepted and rejected counts as rejected, because sending it again is safe. */
function readVerdicts(answer: PlatformAnswer, events: ClaimedEvent[]): [ClaimedEvent, Verdict][] {
  const accepted = new Set([...answer.accepted, ...answer.duplicates])
  const rejected = new Map(answer.rejected.map(({ id, reason }) => [id, reason]))
  return events.map((event) => {
    const reason = rejected.get(event.id)
    if (reason !== undefined) return [event, { kind: 'rejected', reason }]
    if (accepted.has(event.id)) return [event, { kind: 'accepted' }]
    return [event, { kind: 'unmentioned', reason: 'The data platform did not mention the event.' }]
  })
}
