import type { StreamedChange } from '@jumun/contract'
import { type TrackedEnvelope, tracked } from '@trpc/server'
import type { LiveHub, Reader, Start } from './hub.ts'
import { nextPart } from './next-part.ts'
import type { Filter } from './topics.ts'

/** The stream of changes that a procedure answers. The HTTP routes attach a reader to it; other callers iterate over it. */
export class ChangeStream implements AsyncIterable<TrackedEnvelope<StreamedChange>> {
  readonly filter: Filter
  /** When the token of its caller ends, in milliseconds since 1970; undefined without a token. */
  readonly expiresAt: number | undefined
  readonly #hub: LiveHub
  readonly #start: Start
  readonly #signal: AbortSignal | undefined
  /** Ends the count of this stream in the limits of its caller. */
  readonly release: () => void

  constructor(options: {
    hub: LiveHub
    filter: Filter
    start: Start
    expiresAt: number | undefined
    signal: AbortSignal | undefined
    release: () => void
  }) {
    this.#hub = options.hub
    this.filter = options.filter
    this.#start = options.start
    this.expiresAt = options.expiresAt
    this.#signal = options.signal
    this.release = options.release
  }

  /** The cursor after which the stream begins. */
  get cursor(): string {
    return this.#start.cursor
  }

  /** Gives the changes to a reader, until the returned function is called. */
  attach(reader: Reader): () => void {
    return this.#hub.attach(reader, this.#start)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrackedEnvelope<StreamedChange>, void> {
    const signal = this.#signal ?? new AbortController().signal
    try {
      for (let { cursor } = this.#start; !signal.aborted && !this.#hub.draining; ) {
        const { entries, next, reset } = await nextPart(this.#hub, cursor, { filter: this.filter, signal })
        if (reset) yield tracked<StreamedChange>(next, { type: 'reset' })
        for (const entry of entries) yield tracked<StreamedChange>(entry.cursor, entry.change)
        cursor = next
      }
    } finally {
      this.release()
    }
  }
}
