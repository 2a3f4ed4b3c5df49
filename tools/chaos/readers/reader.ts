import type { Change } from '@jumun/contract'
import { compareCursors } from '@jumun/domain'
import type { Random } from '../random.ts'
import type { History } from '../workload/history.ts'
import { factsOf } from './facts.ts'

/** Name of a product that is created after the load. Its creation is the last change that the readers read. */
export const LAST_PRODUCT = 'The end of the feed'

/** A reader of the feed, which records what it gets. */
export class Reader {
  readonly name: string
  readonly random: Random
  readonly token: string
  /** Stops the reader if it does not reach the end by itself. */
  readonly stop = new AbortController()
  /** The cursor after the last change. */
  cursor: string
  /** Whether it has the last change. */
  done = false
  readonly #history: History
  #cut = new AbortController()
  /** The number of the connection. A change may be repeated only over another connection. */
  #connection = 0
  #lastOfConnection: string | undefined
  #received = 0

  constructor(options: { name: string; random: Random; token: string; cursor: string; history: History }) {
    this.name = options.name
    this.random = options.random
    this.token = options.token
    this.cursor = options.cursor
    this.#history = options.history
    this.#history.recordReader(this.name)
  }

  get reconnects(): number {
    return this.#connection
  }

  get received(): number {
    return this.#received
  }

  record(change: Change & { cursor: string }): void {
    const { cursor } = change
    const before = this.#lastOfConnection
    if (before !== undefined && compareCursors(before, cursor) >= 0)
      this.violate(`got cursor ${cursor} after ${before}`)
    this.cursor = this.#lastOfConnection = cursor
    this.#history.recordReceived({
      reader: this.name,
      number: ++this.#received,
      connection: this.#connection,
      ...factsOf(change),
    })
    this.done ||= change.type === 'product.created' && change.data.product.name === LAST_PRODUCT
  }

  /** Counts another connection, which goes on after a cursor. */
  reconnect(cursor = this.cursor): void {
    this.#connection++
    this.#lastOfConnection = undefined
    this.cursor = cursor
  }

  violate(what: string): void {
    this.#history.recordViolation(`Reader ${this.name} ${what}.`)
  }

  /** Like `fetch`, but `cut` breaks the connection. */
  readonly fetch = (url: string, init: RequestInit = {}): Promise<Response> => {
    const signals = [this.#cut.signal, this.stop.signal, ...(init.signal ? [init.signal] : [])]
    return fetch(url, { ...init, signal: AbortSignal.any(signals) })
  }

  /** Breaks its connection. */
  cut(): void {
    const cut = this.#cut
    this.#cut = new AbortController()
    cut.abort(new TypeError('Chaos cut the connection of a reader.'))
  }
}
