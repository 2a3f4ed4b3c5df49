import type { JobAttempt } from 'pg-boss'
import { OUTBOX, type Outbox } from './outbox.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** An event that this process holds until it settles it, or until its claim runs out. */
export interface TakenEvent {
  id: string
  /** What goes over the wire. */
  json: string
  /** How often the platform has rejected it before. */
  rejections: number
  /** Names the claim, so that a relay that comes back late cannot give away what another one has taken over. */
  claim: JobAttempt
}

/** Takes events that are due, the oldest first, so that no other relay sends them at the same time. */
export async function takeEvents(outbox: Outbox, limit: number): Promise<TakenEvent[]> {
  const jobs = await outbox.fetch<OutgoingEvent>(OUTBOX, { batchSize: limit, includeMetadata: true })
  // They come in any order; the platform shall see an order's first version before its second where it can.
  jobs.sort((a, b) => a.data.version - b.data.version)
  return jobs.map(({ id, retryCount, data, output }) => ({
    id: data.id,
    json: toJson(data),
    rejections: rejectionsOf(output),
    claim: { id, retryCount },
  }))
}

/** A dead letter that is replayed carries more than the platform is to know. */
function toJson({ id, type, orderId, version, occurredAt, order }: OutgoingEvent): string {
  return JSON.stringify({ id, type, orderId, version, occurredAt, order })
}

function rejectionsOf(output: object | null): number {
  const { rejections } = { rejections: 0, ...output }
  return typeof rejections === 'number' ? rejections : 0
}
