import type { JobAttempt } from 'pg-boss'
import { OUTBOX, type Outbox } from './outbox.ts'
import type { OutgoingEvent } from './outgoing-event.ts'

/** An event that this process has claimed, until it acknowledges or retries it, or until the claim expires. */
export interface ClaimedEvent {
  id: string
  /** The event as it is sent. */
  json: string
  /** How often the platform has rejected it before. */
  rejections: number
  /** Identifies the claim, so that a late relay cannot return an event that another relay has claimed since. */
  claim: JobAttempt
}

/** Claims events that are due, the oldest first, so that no other relay sends them at the same time. */
export async function claimEvents(outbox: Outbox, limit: number): Promise<ClaimedEvent[]> {
  const jobs = await outbox.fetch<OutgoingEvent>(OUTBOX, { batchSize: limit, includeMetadata: true })
  // Jobs arrive in any order; send an order's first version before its second where possible.
  jobs.sort((a, b) => a.data.version - b.data.version)
  return jobs.map(({ id, retryCount, data, output }) => ({
    id: data.id,
    json: toJson(data),
    rejections: rejectionsOf(output),
    claim: { id, retryCount },
  }))
}

/** Picks the fields, because a replayed dead letter has others that the platform must not receive. */
function toJson({ id, type, orderId, version, occurredAt, order }: OutgoingEvent): string {
  return JSON.stringify({ id, type, orderId, version, occurredAt, order })
}

function rejectionsOf(output: object | null): number {
  const { rejections } = { rejections: 0, ...output }
  return typeof rejections === 'number' ? rejections : 0
}
