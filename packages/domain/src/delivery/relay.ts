import { type Loop, startLoop } from '../background/loop.ts'
import { type Delivery, deliverBatch } from './deliver-batch.ts'
import type { Outbox } from './outbox.ts'
import type { DataPlatform } from './send-events.ts'

/** How often to look for events that nobody announced: those of other processes, and those that are due again. */
const POLL_INTERVAL_MS = 500

const BACKOFF_MIN_MS = 250
const BACKOFF_MAX_MS = 5_000

/** What the relay tells its owner. */
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
 * Several may run on one database: each event is held by one of them at a time.
 */
export function startRelay(options: RelayOptions): Loop {
  let failures = 0
  let restUntil = 0
  return startLoop(async () => {
    const restMs = restUntil - performance.now()
    if (restMs > 0) return restMs
    const delivery = await runOnce(options)
    failures = delivery.failed > 0 && delivery.delivered === 0 ? failures + 1 : 0
    if (failures > 0) restUntil = performance.now() + backoffMs(failures)
    return delivery.delivered > 0 || failures > 0 ? 0 : POLL_INTERVAL_MS
  })
}

async function runOnce({ outbox, platform, onDelivery, onError }: RelayOptions): Promise<Delivery> {
  try {
    const delivery = await deliverBatch(outbox, platform)
    if (delivery.delivered + delivery.failed > 0) onDelivery?.(delivery)
    return delivery
  } catch (error) {
    onError?.(error)
    return { delivered: 0, failed: 1 }
  }
}

/** Exponential, with jitter, so that several relays do not knock at the same moment. */
function backoffMs(failures: number): number {
  return BACKOFF_MIN_MS + Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures)
}
