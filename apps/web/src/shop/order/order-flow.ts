import { isJumunError, JumunError } from '@jumun/client'
import { type OrderDraft, type OrderStorage, type StoredOrder, totalOf } from './stored-order.ts'

/**
 * How an order is placed, once, whatever happens to the page or the network. Its key is stored before the first request, and every
 * request repeats this key until the shop has said yes or no. Meanwhile there is no other order.
 */

/** Where an order stands. */
export type OrderState =
  | { step: 'idle' }
  | Placing
  | { step: 'placed'; orderId: string }
  | { step: 'refused'; order: StoredOrder; refusal: JumunError }
  /** Nobody, or somebody else, is signed in: the order waits for its member. */
  | { step: 'not-signed-in'; order: StoredOrder }
  /** Its outcome stayed unknown for so long that its key may be forgotten: asking again could place it a second time. */
  | { step: 'too-old'; order: StoredOrder }
  /** Another tab has placed an order since this page read what it shows. */
  | { step: 'ordered-elsewhere'; orderId: string }

/** The shop has been asked, or will be. */
export interface Placing {
  step: 'placing'
  order: StoredOrder
  /** Whether the order may have been placed already: a reply was lost. */
  isUnknown: boolean
  /** When it is asked again, in milliseconds since 1970; undefined while it is being asked. */
  until?: number | undefined
}

/** A failed attempt: whether it may have taken effect, and when the next one follows. */
export interface Trouble {
  isUnknown: boolean
  retryMs: number | undefined
}

/** The key of the order that this tab has sent and whose outcome it does not know. It is kept until the tab is closed. */
export interface OrderOfTab {
  key(): string | null
  keep(key: string | null): void
}

/** What the flow needs of its surroundings. */
export interface OrderFlowContext {
  storage: OrderStorage
  tab: OrderOfTab
  /** The member whose session this browser has now; null without one. Rejects if that cannot be found out. */
  currentMember(): Promise<string | null>
  /** Sends the order. Rejects with `JumunError`. */
  send(order: StoredOrder, onTrouble: (trouble: Trouble) => void): Promise<{ id: string }>
  /** Called once an order is placed, before it is finished. */
  afterPlaced(order: StoredOrder): Promise<void>
  /** Called once the end of an order is stored: what was read before it is out of date. */
  afterFinished(): void
  /** Runs the work while no other tab runs its own. */
  exclusively(work: () => Promise<void>): Promise<void>
  /** Resolves after that time, or when it is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  now(): number
  newKey(): string
}

/** The API keeps keys for 24 hours at least. */
const KEY_KEPT_MS = 23 * 3_600_000
const FIRST_BACKOFF_MS = 2_000
const MAX_BACKOFF_MS = 30_000

/** Places one order at a time. */
export class OrderFlow {
  readonly #context: OrderFlowContext
  readonly #listeners = new Set<() => void>()
  #state: OrderState = { step: 'idle' }
  #hurry = new AbortController()
  #running: Promise<void> = Promise.resolve()

  constructor(context: OrderFlowContext) {
    this.#context = context
  }

  readonly state = (): OrderState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Orders. While another order is on its way, that one goes on instead. */
  start(draft: OrderDraft): Promise<void> {
    const order = {
      ...draft,
      key: this.#context.newKey(),
      expectedTotal: totalOf(draft.lines),
      startedAt: this.#context.now(),
    }
    return this.#run(order, false)
  }

  /** Goes on with an order of this member that an earlier page, or another tab, has not finished. */
  async resume(memberId: string): Promise<void> {
    const { storage, tab } = this.#context
    const order = storage.unfinished(memberId)
    if (order) return this.#run(order, true)
    // Another tab may have finished it while this page was being loaded.
    const key = tab.key()
    if (key !== null && key === storage.lastOutcome(memberId)?.key) this.#finishedElsewhere(memberId, key)
  }

  /** Asks now instead of after the wait. */
  askNow(): void {
    this.#hurry.abort()
  }

  /** Leaves the result of an order behind. Does nothing while its outcome is open. */
  dismiss(): void {
    if (this.#state.step === 'too-old') this.#context.storage.forget(this.#state.order.memberId)
    if (this.#state.step !== 'placing') this.#show({ step: 'idle' })
  }

  #run(order: StoredOrder, isResumed: boolean): Promise<void> {
    if (this.#state.step === 'placing') return this.#running
    this.#show({ step: 'placing', order, isUnknown: isResumed })
    // After the end of the last one, which may still be emptying the cart.
    this.#running = this.#running
      .then(() => this.#context.exclusively(() => this.#place(order, isResumed)))
      .catch(() => this.#show({ step: 'idle' }))
    return this.#running
  }

  async #place(wanted: StoredOrder, isResumed: boolean): Promise<void> {
    const { storage } = this.#context
    const unfinished = storage.unfinished(wanted.memberId)
    const last = storage.lastOutcome(wanted.memberId)
    if (!unfinished && isResumed) return this.#finishedElsewhere(wanted.memberId, wanted.key)
    if (!unfinished && last?.orderId && last.at > wanted.seenAt)
      return this.#show({ step: 'ordered-elsewhere', orderId: last.orderId })
    const order = unfinished ?? wanted
    if (!unfinished) storage.begin(order)
    await this.#ask(order, unfinished !== undefined)
  }

  /** Another tab has got the answer. */
  #finishedElsewhere(memberId: string, key: string): void {
    const { storage, tab } = this.#context
    const last = storage.lastOutcome(memberId)
    tab.keep(null)
    this.#context.afterFinished()
    if (last?.key === key && last.orderId) this.#show({ step: 'placed', orderId: last.orderId })
    else this.#show({ step: 'idle' })
  }

  /** Asks with the same key until the shop answers yes or no. */
  async #ask(order: StoredOrder, wasUnknown: boolean): Promise<void> {
    const { now, wait, afterPlaced, tab } = this.#context
    let isUnknown = wasUnknown
    tab.keep(order.key)
    for (let attempt = 0; ; attempt++) {
      if (now() - order.startedAt > KEY_KEPT_MS) return this.#show({ step: 'too-old', order })
      this.#show({ step: 'placing', order, isUnknown })
      let error: unknown
      let isSent = false
      try {
        if ((await this.#context.currentMember()) !== order.memberId)
          return this.#show({ step: 'not-signed-in', order })
        isSent = true
        const { id } = await this.#context.send(order, (trouble) => {
          isUnknown ||= trouble.isUnknown
          const until = trouble.retryMs === undefined ? undefined : now() + trouble.retryMs
          this.#show({ step: 'placing', order, isUnknown, until })
        })
        this.#show({ step: 'placed', orderId: id })
        await afterPlaced(order)
        this.#finish(order, id)
        return this.#context.afterFinished()
      } catch (cause) {
        error = cause
      }
      if (isJumunError(error, 'UNAUTHENTICATED', 'FORBIDDEN')) return this.#show({ step: 'not-signed-in', order })
      if (isRefusal(error, isUnknown)) {
        this.#finish(order, null)
        return this.#show({ step: 'refused', order, refusal: error })
      }
      isUnknown ||= isSent && (!(error instanceof JumunError) || error.isOutcomeUnknown)
      const delayMs = Math.max(retryAfterMs(error), backoffMs(attempt))
      this.#hurry = new AbortController()
      this.#show({ step: 'placing', order, isUnknown, until: now() + delayMs })
      await wait(delayMs, this.#hurry.signal)
    }
  }

  #finish(order: StoredOrder, orderId: string | null): void {
    const { storage, tab, now } = this.#context
    storage.finish(order, orderId, now())
    tab.keep(null)
  }

  #show(state: OrderState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}

/** Errors that tell nothing about the outcome of earlier attempts with the same key. */
const NO_ANSWER = new Set(['UNREACHABLE', 'ABORTED', 'UNAVAILABLE', 'TOO_MANY_REQUESTS'])

/** Whether the shop has said no. It repeats a yes to the same key, so any other answer means that no earlier attempt took effect. */
function isRefusal(error: unknown, isUnknown: boolean): error is JumunError {
  if (!(error instanceof JumunError) || NO_ANSWER.has(error.code)) return false
  // An internal error of a repetition does not tell how the first attempt ended.
  return error.code !== 'INTERNAL' || !isUnknown
}

function retryAfterMs(error: unknown): number {
  const { retryAfterSeconds = 0 } = error instanceof JumunError ? (error.details as { retryAfterSeconds?: number }) : {}
  return retryAfterSeconds * 1_000
}

function backoffMs(attempt: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** attempt)
}
