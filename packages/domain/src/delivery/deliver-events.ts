import type { TakenEvent } from './claim-events.ts'
import { type DataPlatform, DeliveryError, type PlatformAnswer, sendEvents } from './send-events.ts'

const TOTAL_TIMEOUT_MS = 5_000

/** Signing so much keeps the process busy for 5 ms. One event has at most some 100 kB. */
const BODY_MAX_BYTES = 1_000_000

/** What the platform did with one event. */
export type Verdict =
  | { kind: 'accepted' }
  /** It named the event and its reason. */
  | { kind: 'rejected'; reason: string }
  /** It refused a request that held this event alone. */
  | { kind: 'refused'; reason: string }
  /** It is not known what it did with the event, nor why. */
  | { kind: 'unanswered'; reason: string }

/**
 * Offers events to the data platform, in as few requests as it takes: more than one if they are large, or if the platform
 * refuses a request, which is then halved until those that it cannot digest are alone.
 * Takes 5 seconds at most in all; what was not answered by then is `unanswered`.
 *
 * @returns a verdict for every event
 */
export async function offerEvents(platform: DataPlatform, events: TakenEvent[]): Promise<Map<TakenEvent, Verdict>> {
  const signal = AbortSignal.timeout(platform.timeoutMs ?? TOTAL_TIMEOUT_MS)
  const verdicts = new Map<TakenEvent, Verdict>()
  const judge = (judged: TakenEvent[], kind: 'refused' | 'unanswered', reason: string) => {
    for (const event of judged) verdicts.set(event, { kind, reason })
  }
  const requests = toRequests(events)
  for (let request = requests.shift(); request; request = requests.shift()) {
    try {
      const json = request.map((event) => event.json)
      const answer = await sendEvents(platform, json, signal)
      for (const [event, verdict] of readVerdicts(answer, request)) verdicts.set(event, verdict)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      if (error.refused && request.length > 1) requests.unshift(...halve(request))
      else if (error.refused) judge(request, 'refused', error.message)
      // Whoever does not answer this request will not answer the next one.
      else judge([...request, ...requests.splice(0).flat()], 'unanswered', error.message)
    }
  }
  return verdicts
}

function toRequests(events: TakenEvent[]): TakenEvent[][] {
  const requests: TakenEvent[][] = []
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

/** Ids that were not sent are nobody's business; an event that is both taken and rejected is better sent again. */
function readVerdicts(answer: PlatformAnswer, events: TakenEvent[]): [TakenEvent, Verdict][] {
  const taken = new Set([...answer.accepted, ...answer.duplicates])
  const rejected = new Map(answer.rejected.map(({ id, reason }) => [id, reason]))
  return events.map((event) => {
    const reason = rejected.get(event.id)
    if (reason !== undefined) return [event, { kind: 'rejected', reason }]
    if (taken.has(event.id)) return [event, { kind: 'accepted' }]
    return [event, { kind: 'unanswered', reason: 'The data platform did not mention the event.' }]
  })
}
