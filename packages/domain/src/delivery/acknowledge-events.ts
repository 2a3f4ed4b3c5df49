import type { ClaimedEvent } from './claim-events.ts'
import { OUTBOX, type Outbox } from './outbox.ts'

/** Deletes events that the platform accepted from the outbox, also those whose claim has expired or has a new holder. */
export async function acknowledgeEvents(outbox: Outbox, events: ClaimedEvent[]): Promise<void> {
  if (events.length === 0) return
  const ids = events.map((event) => event.claim.id)
  await outbox.deleteJob(OUTBOX, ids)
}
