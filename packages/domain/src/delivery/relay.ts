import { randomUUID } from 'node:crypto'
import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startLoop } from '../background/loop.ts'
import { TICK_INTERVAL_MS } from '../feed/advance-feed.ts'
import type { DataPlatform } from './data-platform.ts'
import { type Delivery, deliverBatch } from './deliver-batch.ts'
import { releaseLease } from './delivery-cursor.ts'
import { DeliveryThrottle } from './delivery-throttle.ts'

/** How often to check for events that did not wake this relay: those of other processes, and those due for a retry. */
const POLL_INTERVAL_MS = 500

/** What the relay works with, and its callbacks. */
export interface RelayOptions {
  em: EntityManager
  platform: DataPlatform
  /** Called after every batch that held events, with how long it took from its claim to its end. */
  onDelivery?: (delivery: Delivery, seconds: number) => void
  /** Called when the outbox itself could not be read or written; the relay goes on. */
  onError?: (error: unknown) => void
}

/**
 * Starts the loop that delivers events from the outbox to the data platform; wake it after a
 * tick of the feed.
 * Several relays may run on one database: the one that has the lease of the cursor sends. `stop` waits for the current
 * batch, which the platform can delay by 5 seconds.
 */
export function startRelay({ em, platform, onDelivery, onError }: RelayOptions): Loop {
  const owner = randomUUID()
  const throttle = new DeliveryThrottle()
  const loop = startLoop(async () => {
    if (throttle.backoffMs > 0) return throttle.backoffMs
    try {
      const { limit, platformWorks } = throttle
      const begun = performance.now()
      const delivery = await deliverBatch({
        em,
        platform,
        owner,
        limit,
        platformWorks,
        tickIntervalMs: TICK_INTERVAL_MS,
      })
      throttle.record(delivery)
      if (delivery.delivered + delivery.failed === 0) return POLL_INTERVAL_MS
      if (delivery.delivered + delivery.failed < limit) throttle.linger()
      onDelivery?.(delivery, (performance.now() - begun) / 1_000)
    } catch (error) {
      throttle.backOff()
      onError?.(error)
    }
    return throttle.backoffMs
  })
  return {
    wake: loop.wake,
    async stop() {
      await loop.stop()
      await releaseLease(em, owner).catch((error) => onError?.(error))
    },
  }
}
