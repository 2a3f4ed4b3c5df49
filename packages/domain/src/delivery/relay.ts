import { type Loop, startLoop } from '../background/loop.ts'
import { type Delivery, deliverBatch } from './deliver-batch.ts'
import { Pace } from './delivery-throttle.ts'
import type { Outbox } from './outbox.ts'
import type { DataPlatform } from './send-events.ts'

/** How often to look for events that nobody announced: those of other processes, and those that are due again. */
const POLL_INTERVAL_MS = 500

/** What the relay works with, and what it tells its owner. */
export interface RelayOptions {
  outbox: Outbox
  platform: DataPlatform
  /** Called after every batch that held events. */
  onDelivery?: (delivery: Delivery) => void
  /** Called when the outbox itself could not be read or written; the relay goes on. */
  onError?: (error: unknown) => void
}

/**
 * Starts the loop that brings events from the outbox to the data platform. Wake it when events have just been committed.
 * Several may run on one database: each event is held by one of them at a time. Stopping waits for the batch under way,
 * which the platform can hold up for 5 seconds.
 */
export function startRelay({ outbox, platform, onDelivery, onError }: RelayOptions): Loop {
  const pace = new Pace()
  return startLoop(async () => {
    if (pace.restMs > 0) return pace.restMs
    try {
      const { limit, platformWorks } = pace
      const delivery = await deliverBatch({ outbox, platform, limit, platformWorks })
      pace.note(delivery)
      if (delivery.delivered + delivery.failed === 0) return POLL_INTERVAL_MS
      if (delivery.delivered + delivery.failed < limit) pace.gather()
      onDelivery?.(delivery)
    } catch (error) {
      pace.rest()
      onError?.(error)
    }
    return pace.restMs
  })
}
