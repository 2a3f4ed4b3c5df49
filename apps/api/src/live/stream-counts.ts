import { DomainError, refusedBy } from '@jumun/domain'
import { unavailable } from '../errors/to-domain-error.ts'
import type { Wire } from './wires.ts'

const MAX_OF_MEMBER = 10
const MAX_OF_ADDRESS = 100
const MAX_OF_PROCESS = 10_000
const RETRY_AFTER_SECONDS = 1

/** Counts the open streams and limits them for each caller and for the process. A call that waits for changes counts as a stream. */
export class StreamCounts {
  readonly #byCaller = new Map<string, number>()
  #all = 0
  /** Open streams by wire format. */
  readonly open: Record<Wire['name'], number> = { events: 0, trpc: 0 }
  /** Changes that were written to streams. */
  events = 0

  /** Calls that wait for changes. */
  get waiting(): number {
    return this.#all - this.open.events - this.open.trpc
  }

  /**
   * Counts a stream. Throws `TOO_MANY_REQUESTS` at the limit of the caller, and `UNAVAILABLE` at the limit of the process.
   *
   * @param caller `member …` or `address …`; undefined: an admin, who has no limit of its own
   * @returns ends the count of the stream
   */
  take(caller: string | undefined): () => void {
    if (this.#all >= MAX_OF_PROCESS) throw refusedBy('streams', unavailable('This process has its most streams.'))
    if (caller !== undefined) this.#takeOf(caller)
    this.#all++
    let released = false
    return () => {
      if (released) return
      released = true
      this.#all--
      if (caller !== undefined) this.#leave(caller)
    }
  }

  opened(wire: Wire['name']): void {
    this.open[wire]++
  }

  closed(wire: Wire['name']): void {
    this.open[wire]--
  }

  sent(changes: number): void {
    this.events += changes
  }

  #takeOf(caller: string): void {
    const count = this.#byCaller.get(caller) ?? 0
    const most = caller.startsWith('member ') ? MAX_OF_MEMBER : MAX_OF_ADDRESS
    if (count >= most) {
      const message = `More than ${most} streams at once.`
      throw refusedBy(
        'streams',
        new DomainError('TOO_MANY_REQUESTS', message, { retryAfterSeconds: RETRY_AFTER_SECONDS }),
      )
    }
    this.#byCaller.set(caller, count + 1)
  }

  #leave(caller: string): void {
    const count = (this.#byCaller.get(caller) ?? 0) - 1
    if (count > 0) this.#byCaller.set(caller, count)
    else this.#byCaller.delete(caller)
  }
}
