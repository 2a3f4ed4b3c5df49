import type { Change } from '@jumun/contract'
import { compareCursors, type FeedItem, type FeedPage } from '@jumun/domain'
import { type Filter, topicsOf } from './topics.ts'
import type { Wire } from './wires.ts'

/** A change that is serialised once for all its readers. */
export class Entry {
  readonly cursor: string
  readonly change: Change
  readonly topics: string[]
  #json: string | undefined

  constructor({ cursor, change }: FeedItem) {
    this.cursor = cursor
    this.change = change
    this.topics = topicsOf(change)
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.change)
    return this.#json
  }
}

/** Changes as they follow each other in the feed. Readers with the same topics share what is made of it. */
export class Part {
  readonly entries: Entry[]
  /** The cursor after it. */
  readonly next: string
  /** Whether a reader must begin afresh before it. */
  readonly reset: boolean
  readonly #matching = new Map<string, Entry[]>()
  readonly #bytes = new Map<string, Buffer>()

  constructor(entries: Entry[], next: string, reset = false) {
    this.entries = entries
    this.next = next
    this.reset = reset
  }

  static of({ items, next, reset }: FeedPage): Part {
    return new Part(
      items.map((item) => new Entry(item)),
      next,
      reset === true,
    )
  }

  /** The changes that a reader gets. */
  matching({ key, matches }: Filter): Entry[] {
    const known = this.#matching.get(key)
    if (known) return known
    const found = this.entries.filter(({ topics }) => matches(topics))
    this.#matching.set(key, found)
    return found
  }

  /** The same on the wire; empty without changes. */
  bytes(filter: Filter, wire: Wire): Buffer {
    const key = `${wire.name} ${filter.key}`
    const known = this.#bytes.get(key)
    if (known) return known
    const texts = this.matching(filter).map((entry) => wire.change(entry))
    const bytes = Buffer.from(texts.join(''))
    this.#bytes.set(key, bytes)
    return bytes
  }

  /** The rest of it after a cursor of the same feed. */
  after(cursor: string): Part {
    const rest = this.entries.filter((entry) => compareCursors(entry.cursor, cursor) > 0)
    return new Part(rest, this.next)
  }

  /** Its length as JSON, about. */
  get size(): number {
    return this.entries.reduce((sum, { json }) => sum + json.length, 0)
  }
}
