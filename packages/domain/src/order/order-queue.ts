import { setImmediate as nextTurn } from 'node:timers/promises'
import type { OrderView } from '@jumun/contract'
import { mayHaveCommitted } from '../database/unavailable.ts'
import { DomainError, refusedBy } from '../errors.ts'
import type { Outcome } from '../idempotency/idempotency.ts'
import {
  endWait,
  inBatchSpan,
  keepingContext,
  recordedTraceparent,
  startWait,
  type TracedWait,
} from '../tracing/tracing.ts'
import { type Bounds, FairQueue, type Waiting } from './fair-queue.ts'
import type { OrderRequest, PlacedOrder } from './place-orders.ts'

/** Two, so that one batch can lock and decide while the other waits for its commit. */
const MAX_BATCHES_IN_FLIGHT = 2
/** One is enough if other processes place orders too: their batches keep the database busy during the commit. */
const MAX_BATCHES_IN_FLIGHT_SHARED = 1
/** The longest time for which the next batch gathers orders. */
const GATHER_MAX_MS = 25
/** Calls and batches together take fewer connections than the pool has, because other work needs some too. */
const MAX_CALLS_IN_FLIGHT = 6
/** `lines` bounds how long a batch holds its locks. Both numbers of lines are at least 100, the most lines of an order. */
const BATCH: Bounds = { count: 100, lines: 300, memberLines: 100 }
const ONE_CALL: Bounds = { count: 1, lines: 0, memberLines: 0 }
/** Small, because writing replies blocks the event loop while the next batch already holds row locks. */
const REPLIES_A_TURN = 4
const MAX_WAITING = 2_000
const MAX_WAITING_OF_A_MEMBER = 200
/** How long an order may wait. The rest of 3 seconds is left for the answer. */
const MAX_WAIT_MS = 2_800
/** How long a call may wait. Shorter, because the call may then wait for a lock for the same time. */
const MAX_CALL_WAIT_MS = 1_400

/** An order that waits for a batch. */
interface WaitingOrder extends Waiting {
  kind: 'order'
  request: OrderRequest
  wait: TracedWait | undefined
  resolve: (outcome: Outcome<OrderView>) => void
}

/** A call that runs in a transaction of its own. */
interface WaitingCall extends Waiting {
  kind: 'call'
  run: () => Promise<void>
}

/**
 * Collects orders while transactions are in flight and places them together in the next one, so that a hot product is locked once for all
 * of them. If nothing is in flight, an order is placed at once, together with the requests that were read in the same turn of the event
 * loop. A transaction costs as much as several orders, so the next batch waits a moment to gather orders: while another batch is in
 * flight, and, if other processes place orders too, also after a batch.
 *
 * Members take turns: a batch takes one order of each member, then a second one of each, within its bounds. A member has only one batch or
 * call in flight. A second one would wait for the lock of the member's account, and meanwhile block a connection, or the orders of other
 * members in its batch.
 */
export class OrderQueue {
  readonly #placeAll: (requests: OrderRequest[]) => Promise<PlacedOrder[]>
  readonly #isShared: () => boolean
  readonly #waiting = new FairQueue<WaitingOrder | WaitingCall>()
  /** Called for each batch, with how long each of its orders has waited, in seconds. */
  onBatch: ((waitedSeconds: number[]) => void) | undefined
  readonly #batches = new Set<WaitingOrder[]>()
  /** Set while the next batch gathers orders. It starts when `timer` fires, or earlier when `size` orders and calls wait. */
  #gathering: { timer: NodeJS.Timeout; size: number } | undefined
  #calls = 0
  #starting: NodeJS.Immediate | undefined
  #idle: (() => void)[] = []

  /** @param isShared whether other processes place orders in the same shop */
  constructor(placeAll: (requests: OrderRequest[]) => Promise<PlacedOrder[]>, isShared = () => false) {
    this.#placeAll = placeAll
    this.#isShared = isShared
  }

  /**
   * Places an order. Throws the error with which `placeOrders` refuses it. Throws `UNAVAILABLE` when too many orders are
   * waiting, without effect, or after 3 seconds: then the order may still be placed, if its transaction is running.
   */
  async place(request: OrderRequest): Promise<Outcome<OrderView>> {
    const { memberId, items } = request
    const { promise, resolve, reject } = Promise.withResolvers<Outcome<OrderView>>()
    const until = performance.now() + MAX_WAIT_MS
    const wait = startWait()
    const traced = wait ? { ...request, traceparent: recordedTraceparent() } : request
    const timeout = setTimeout(() => reject(tooBusy()), MAX_WAIT_MS)
    try {
      this.#add({ kind: 'order', memberId, lines: items.length, until, request: traced, wait, resolve, reject })
      return await promise
    } finally {
      endWait(wait)
      clearTimeout(timeout)
    }
  }

  /**
   * Runs a call that changes something of a member, in the member's turn. Throws what it throws, and `UNAVAILABLE`, without effect, when
   * too many calls are waiting, or when its turn does not come within 1.4 seconds.
   */
  async run<Result>(memberId: string, call: () => Promise<Result>): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    const timeout = setTimeout(() => reject(tooBusy()), MAX_CALL_WAIT_MS)
    const wait = startWait()
    const run = keepingContext(async () => {
      clearTimeout(timeout)
      endWait(wait)
      try {
        resolve(await call())
      } catch (error) {
        reject(error)
      }
    })
    const until = performance.now() + MAX_CALL_WAIT_MS
    try {
      this.#add({ kind: 'call', memberId, lines: 0, until, run, reject })
      return await promise
    } finally {
      endWait(wait)
      clearTimeout(timeout)
    }
  }

  /** Orders and calls that wait for their turn. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Resolves when every accepted order and call has its answer. */
  async drain(): Promise<void> {
    if (this.#isBusy()) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  #isBusy(): boolean {
    return this.#batches.size > 0 || this.#calls > 0 || this.#waiting.size > 0
  }

  #add(waiting: WaitingOrder | WaitingCall): void {
    if (this.#waiting.size >= MAX_WAITING || this.#waiting.sizeOf(waiting.memberId) >= MAX_WAITING_OF_A_MEMBER)
      throw tooBusy()
    this.#waiting.add(waiting)
    this.#starting ??= setImmediate(() => this.#start())
  }

  #start(): void {
    this.#starting = undefined
    // A refused call no longer blocks the orders of its member, so the batches must be tried again.
    do this.#startBatches()
    while (this.#startCalls() > 0)
    if (!this.#isBusy()) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #startBatches(): void {
    const most = this.#isShared() ? MAX_BATCHES_IN_FLIGHT_SHARED : MAX_BATCHES_IN_FLIGHT
    while (this.#batches.size < most && !this.#isGathering()) {
      const taken = this.#waiting.take((one) => one.kind === 'order', BATCH) as WaitingOrder[]
      if (taken.length === 0) return
      const batch = this.#inTime(taken)
      if (batch.length === 0) continue
      this.#batches.add(batch)
      this.onBatch?.(batch.map(({ until }) => (performance.now() - until + MAX_WAIT_MS) / 1_000))
      const started = performance.now()
      this.#gatherBesideAnother()
      void this.#runBatch(batch).finally(() => {
        this.#batches.delete(batch)
        if (this.#isShared()) this.#gatherAfter(batch, performance.now() - started)
        else this.#gatherBesideAnother()
        this.#release(batch)
      })
    }
  }

  /** While a batch is in flight, lets the next one gather orders until it is as large. */
  #gatherBesideAnother(): void {
    const [other] = this.#batches
    if (other) this.#gather(other.length, GATHER_MAX_MS)
    else this.#endGathering()
  }

  /**
   * After a batch, lets the next one grow until it has as many orders as the batch and those that wait now together: the members who were
   * just answered may order again. It gathers for at most half of the time that the batch took. A slow batch is a sign that other
   * processes use the database.
   */
  #gatherAfter(batch: WaitingOrder[], tookMs: number): void {
    this.#gather(batch.length + this.#waiting.size, Math.min(GATHER_MAX_MS, tookMs / 2))
  }

  #gather(size: number, forMs: number): void {
    this.#endGathering()
    const timer = setTimeout(() => {
      this.#endGathering()
      this.#start()
    }, forMs)
    this.#gathering = { timer, size }
  }

  #isGathering(): boolean {
    if (this.#gathering && this.#waiting.size >= this.#gathering.size) this.#endGathering()
    return this.#gathering !== undefined
  }

  #endGathering(): void {
    clearTimeout(this.#gathering?.timer)
    this.#gathering = undefined
  }

  /** Returns how many calls it refused because they had waited too long. */
  #startCalls(): number {
    let refused = 0
    while (this.#calls < MAX_CALLS_IN_FLIGHT) {
      const [taken] = this.#waiting.take((one) => one.kind === 'call', ONE_CALL) as WaitingCall[]
      if (!taken) break
      const [call] = this.#inTime([taken])
      if (!call) {
        refused++
        continue
      }
      this.#calls++
      void call.run().finally(() => {
        this.#calls--
        this.#release([call])
      })
    }
    return refused
  }

  /** Refuses those that waited too long. Releases their members, unless another order of the member remains. */
  #inTime<One extends Waiting>(taken: One[]): One[] {
    const inTime = taken.filter(checkTimeLimit)
    const members = new Set(inTime.map(({ memberId }) => memberId))
    for (const { memberId } of taken) if (!members.has(memberId)) this.#waiting.release(memberId)
    return inTime
  }

  #release(done: Waiting[]): void {
    for (const { memberId } of done) this.#waiting.release(memberId)
    this.#start()
  }

  async #runBatch(batch: WaitingOrder[]): Promise<void> {
    try {
      const waits = batch.map(({ wait }) => wait)
      const results = await inBatchSpan(waits, () => this.#placeAll(batch.map(({ request }) => request)))
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
  async #runOneByOne(batch: WaitingOrder[]): Promise<void> {
    for (const waiting of batch) if (checkTimeLimit(waiting)) await this.#runBatch([waiting])
  }
}

/** Whether a call is within its time limit; rejects it otherwise. */
function checkTimeLimit({ until, reject }: Waiting): boolean {
  const inTime = performance.now() <= until
  if (!inTime) reject(tooBusy())
  return inTime
}

function settle({ resolve, reject }: WaitingOrder, result: PlacedOrder | undefined): void {
  if (result === undefined || result instanceof Error) reject(result)
  else resolve(result)
}

function tooBusy(): DomainError<'UNAVAILABLE'> {
  const message = 'Too many orders are waiting. Try again shortly.'
  return refusedBy('queue', new DomainError('UNAVAILABLE', message, { retryAfterSeconds: 1 }))
}
