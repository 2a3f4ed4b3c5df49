import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OrderView, PlaceOrderInput } from '@jumun/contract'
import { mayHaveCommitted } from '../database/unavailable.ts'
import { DomainError } from '../errors.ts'
import type { Outcome } from '../idempotency/idempotency.ts'
import type { PlacedOrder } from './place-orders.ts'

/** Two, so that one batch can lock and decide while the other waits for its commit. */
const MAX_BATCHES_IN_FLIGHT = 2
const MAX_BATCH_SIZE = 100
/** Small, because writing replies blocks the event loop while the next batch already holds row locks. */
const REPLIES_A_TURN = 4
const MAX_WAITING = 2_000
/** Leaves time to answer within 3 seconds. */
const MAX_WAIT_MS = 2_800

interface Waiting {
  request: PlaceOrderInput
  since: number
  resolve: (outcome: Outcome<OrderView>) => void
  reject: (error: unknown) => void
}

/**
 * Collects orders while transactions are in flight and places them together in the next one, so that a hot product is locked
 * once for all of them. No order waits on a timer: if nothing is in flight, it is placed at once, together with the requests
 * that were read in the same turn of the event loop.
 */
export class OrderQueue {
  readonly #placeAll: (requests: PlaceOrderInput[]) => Promise<PlacedOrder[]>
  #waiting: Waiting[] = []
  #inFlight = 0
  #starting: NodeJS.Immediate | undefined
  #idle: (() => void)[] = []

  constructor(placeAll: (requests: PlaceOrderInput[]) => Promise<PlacedOrder[]>) {
    this.#placeAll = placeAll
  }

  /**
   * Places an order. Throws the error with which `placeOrders` refuses it. Throws `UNAVAILABLE` when too many orders are
   * waiting, without effect, or after 3 seconds: then the order may still be placed, if its transaction is running.
   */
  async place(request: PlaceOrderInput): Promise<Outcome<OrderView>> {
    if (this.#waiting.length >= MAX_WAITING) throw tooBusy()
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<OrderView>>()
    const since = performance.now()
    const timeout = setTimeout(() => reject(tooBusy()), MAX_WAIT_MS)
    this.#waiting.push({ request, since, resolve, reject })
    this.#starting ??= setImmediate(() => this.#start())
    try {
      return await promise
    } finally {
      clearTimeout(timeout)
    }
  }

  /** Resolves when every accepted order has its answer. */
  async drain(): Promise<void> {
    if (this.#isBusy()) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #isBusy(): boolean {
    return this.#inFlight > 0 || this.#waiting.length > 0
  }

  #start(): void {
    this.#starting = undefined
    while (this.#inFlight < MAX_BATCHES_IN_FLIGHT && this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      if (batch.length === 0) continue
      this.#inFlight++
      void this.#run(batch).finally(() => {
        this.#inFlight--
        this.#start()
      })
    }
    if (!this.#isBusy()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #nextBatch(): Waiting[] {
    const batch = this.#waiting.slice(0, MAX_BATCH_SIZE)
    this.#waiting = this.#waiting.slice(MAX_BATCH_SIZE)
    return batch.filter(checkTimeLimit)
  }

  async #run(batch: Waiting[]): Promise<void> {
    try {
      const results = await this.#placeAll(batch.map((waiting) => waiting.request))
      for (const [index, waiting] of batch.entries()) {
        if (index > 0 && index % REPLIES_A_TURN === 0) await nextTurn()
        settle(waiting, results[index])
      }
    } catch (error) {
      if (batch.length > 1 && !mayHaveCommitted(error)) return this.#runOneByOne(batch)
      for (const waiting of batch) waiting.reject(error)
    }
  }

  /** Retries each order alone, because one of them may have failed the whole batch. */
  async #runOneByOne(batch: Waiting[]): Promise<void> {
    for (const waiting of batch) if (checkTimeLimit(waiting)) await this.#run([waiting])
  }
}

/** Whether an order is within its time limit; rejects it otherwise. */
function checkTimeLimit({ since, reject }: Waiting): boolean {
  const inTime = performance.now() - since <= MAX_WAIT_MS
  if (!inTime) reject(tooBusy())
  return inTime
}

function settle({ resolve, reject }: Waiting, result: PlacedOrder | undefined): void {
  if (result === undefined || result instanceof Error) reject(result)
  else resolve(result)
}

function tooBusy(): DomainError<'UNAVAILABLE'> {
  return new DomainError('UNAVAILABLE', 'Too many orders are waiting. Try again shortly.', { retryAfterSeconds: 1 })
}
