import { type Loop, startLoop } from '../background/loop.ts'
import type { DataPlatform } from './data-platform.ts'
import { type Delivery, deliverBatch } from './deliver-batch.ts'
import { DeliveryThrottle } from './delivery-throttle.ts'
import type { Outbox } from './outbox.ts'

/** How often to check for events that did not wake this relay: those of other processes, and those due for a retry. */
const POLL_INTERVAL_MS = 500

/** What the relay works with, and its callbacks. */
export interface RelayOptions {
  outbox: Outbox
  platform: DataPlatform
  /** Called after every batch that held events. */
  onDelivery?: (delivery: Delivery) => void
  /** Called when the outbox itself could not be read or written; the relay goes on. */
  onError?: (error: unknown) => void
}

/**
 * Starts the loop that delivers events from the outbox to the data platform; events that this process adds to `outbox` wake
 * it. Several relays may run on one database: each event is claimed by one of them at a time. `stop` waits for the current
 * batch, which the platform can delay by 5 seconds.
 */
export function startRelay({ outbox, platform, onDelivery, onError }: RelayOptions): Loop {
  const throttle = new DeliveryThrottle()
  const loop = startLoop(async () => {
    if (throttle.backoffMs > 0) return throttle.backoffMs
    try {
      const { limit, platformWorks } = throttle
      const delivery = await deliverBatch({ outbox, platform, limit, platformWorks })
      throttle.record(delivery)
      if (delivery.delivered + delivery.failed === 0) return POLL_INTERVAL_MS
      if (delivery.delivered + delivery.failed < limit) throttle.linger()
      onDelivery?.(delivery)
    } catch (error) {
      throttle.backOff()
      onError?.(error)
    }
    return throttle.backoffMs
  })
  outbox.onAdded = loop.wake
  return loop
}
