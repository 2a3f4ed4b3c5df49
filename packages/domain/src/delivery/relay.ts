import { setTimeout as sleep } from 'node:timers/promises'
import { type Delivery, deliverBatch } from './deliver-batch.ts'
import type { Outbox } from './outbox.ts'
import type { DataPlatform } from './send-events.ts'

/** How often to look for events that nobody announced: those of other processes, and those that are due again. */
const POLL_INTERVAL_MS = 500

const BACKOFF_MIN_MS = 250
const BACKOFF_MAX_MS = 5_000

/** The loop that brings events from the outbox to the data platform. */
export interface Relay {
  /** Says that events have just been committed: the relay looks at once. */
  wake(): void
  /** Ends the loop after the batch it is at. */
  stop(): Promise<void>
}

/** What the relay tells its owner. */
export interface RelayOptions {
  outbox: Outbox
  platform: DataPlatform
  /** Called after every batch that held events. */
  onDelivery?: (delivery: Delivery) => void
  /** Called when the outbox itself could not be read or written; the relay goes on. */
  onError?: (error: unknown) => void
}

/** Starts the relay. Several may run on one database: each event is held by one of them at a time. */
export function startRelay(options: RelayOptions): Relay {
  const stopping = new AbortController()
  const doorbell = new Doorbell()
  const running = run(options, doorbell, stopping.signal)
  return {
    wake: () => doorbell.ring(),
    async stop() {
      stopping.abort()
      doorbell.ring()
      await running
    },
  }
}

async function run(options: RelayOptions, doorbell: Doorbell, stopping: AbortSignal): Promise<void> {
  let failures = 0
  while (!stopping.aborted) {
    const delivery = await runOnce(options)
    failures = delivery.failed > 0 && delivery.delivered === 0 ? failures + 1 : 0
    if (failures > 0) await sleep(backoffMs(failures), undefined, { signal: stopping }).catch(() => {})
    else if (delivery.delivered === 0) await doorbell.wait(POLL_INTERVAL_MS)
  }
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

/** Exponential, with full jitter, so that several relays do not knock at the same moment. */
function backoffMs(failures: number): number {
  return BACKOFF_MIN_MS + Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** failures)
}

/** Lets the loop sleep until somebody rings, or for a time at most. A ring before the sleep is not lost. */
class Doorbell {
  #rung = false
  #answer: (() => void) | undefined

  ring(): void {
    this.#rung = true
    this.#answer?.()
  }

  async wait(timeoutMs: number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs)
        this.#answer = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#rung = false
    this.#answer = undefined
  }
}
