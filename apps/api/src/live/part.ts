import type { Change } from '@jumun/contract'
import { compareCursors, type FeedItem, type FeedPage } from '@jumun/domain'
import { EVERYBODY, hidesActor, NOBODY, type ShownActors } from './shown-actor.ts'
import { type Filter, topicsOf } from './topics.ts'
import type { Wire } from './wires.ts'

/** A change that is serialised once for all its readers. */
export class Entry {
  readonly cursor: string
  readonly change: Change
  readonly topics: string[]
  #json: string | undefined
  #withoutActor: Entry | undefined

  constructor({ cursor, change }: FeedItem) {
    this.cursor = cursor
    this.change = change
    this.topics = topicsOf(change)
  }

  get json(): string {
    this.#json ??= JSON.stringify(this.change)
    return this.#json
  }

  /** The entry as a reader may see it: without the actor where the reader must not know it. */
  shownTo(shown: ShownActors): Entry {
    if (!hidesActor(this.change, shown)) return this
    this.#withoutActor ??= new Entry({ cursor: this.cursor, change: { ...this.change, actor: null } })
    return this.#withoutActor
  }
}

/** Consecutive changes of the feed. Readers with the same topics and the same visible actors share the filtered and the serialised form. */
export class Part {
  readonly entries: Entry[]
  /** The cursor after this part. */
  readonly next: string
  /** Whether the feed was replaced before this part, so that a reader must read again what it shows. */
  readonly reset: boolean
  readonly #actors: Set<string | null>
  readonly #matching = new Map<string, Entry[]>()
  readonly #bytes = new Map<string, Buffer>()

  constructor(entries: Entry[], next: string, reset = false) {
    this.entries = entries
    this.#actors = new Set(entries.map(({ change }) => change.actor))
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
  matching(filter: Filter): Entry[] {
    const key = this.#keyOf(filter)
    const known = this.#matching.get(key)
    if (known) return known
    const found = this.entries
      .filter(({ topics }) => filter.matches(topics))
      .map((entry) => entry.shownTo(filter.shownActors))
    this.#matching.set(key, found)
    return found
  }

  /** The changes that a reader gets, as bytes of a wire format; empty without changes. */
  bytes(filter: Filter, wire: Wire): Buffer {
    const key = `${wire.name} ${this.#keyOf(filter)}`
    const known = this.#bytes.get(key)
    if (known) return known
    const texts = this.matching(filter).map((entry) => wire.change(entry))
    const bytes = Buffer.from(texts.join(''))
    this.#bytes.set(key, bytes)
    return bytes
  }

  /** Readers with the same key get the same changes. A member who made none of them shares the key of readers who see no actor. */
  #keyOf({ key, shownActors }: Filter): string {
    const seesMore = shownActors === EVERYBODY || this.#actors.has(shownActors)
    return `${seesMore ? shownActors : NOBODY} ${key}`
  }

  /** The changes of this part after a cursor of the same feed. */
  after(cursor: string): Part {
    const rest = this.entries.filter((entry) => compareCursors(entry.cursor, cursor) > 0)
    return new Part(rest, this.next)
  }

  /** The approximate length as JSON, in characters. */
  get size(): number {
    return this.entries.reduce((sum, { json }) => sum + json.length, 0)
  }
}
