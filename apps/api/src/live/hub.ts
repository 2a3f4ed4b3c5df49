import { compareCursors, DomainError, type Feed } from '@jumun/domain'
import pLimit from 'p-limit'
import { Part } from './part.ts'

/** How many pages are read at once for readers that catch up. Few, because lists and searches use the same connections. */
const READS_AT_ONCE = 3
/** How much of the newest changes stays in memory, in characters of JSON. A reader that reconnects soon then needs no read. */
const WINDOW_SIZE = 512 * 1_024
const WINDOW_PARTS = 100
/** Every stream gets a heartbeat at least every 15 seconds. The streams are spread over slots, and each second one slot has its turn. */
const HEARTBEAT_INTERVAL_MS = 1_000
const HEARTBEAT_SLOTS = 14

/** Receives changes. The hub passes it parts that follow each other without gaps. Its methods must not throw. */
export interface Reader {
  take(part: Part): void
  /** Resolves when the reader can take more. The hub waits for it only while the reader catches up. */
  ready(): Promise<void>
  /** Called at least every 15 seconds, with the cursor after the last part. */
  heartbeat(cursor: string): void
  /** The feed could not be read. Called at most once, as the last call. */
  fail(error: unknown): void
  /** The process stops. Called at most once, as the last call. */
  drain(): void
}

/** Where a reader begins: a cursor of this feed, and the changes after it that were read already. */
export interface Start {
  cursor: string
  part?: Part
  more: boolean
  generation: number
}

/** What the hub needs of the feed. */
type SharedFeed = Pick<Feed, 'follow' | 'read'>

/** An attached reader, and how far it is. */
interface Subscriber {
  reader: Reader
  cursor: string
  generation: number
  slot: number
  left: boolean
}

/**
 * Reads the feed once for all readers of this process. A reader that is behind reads its own pages until it reaches the common end. From
 * then on it gets the same parts as all others.
 */
export class LiveHub {
  readonly #feed: SharedFeed
  readonly #reads = pLimit(READS_AT_ONCE)
  /** Readers that have everything up to `#end`. */
  readonly #live = new Set<Subscriber>()
  /** Readers that have read further than `#end`. */
  readonly #ahead = new Set<Subscriber>()
  readonly #subscribers = new Set<Subscriber>()
  /** The newest parts: the changes between `#from` and `#end`. */
  #window: { part: Part; size: number }[] = []
  #from = ''
  #end = ''
  /** Grows with each reset. A cursor of an earlier generation cannot be compared; reading after it tells where its reader goes on. */
  #generation = 0
  #following: Promise<() => void> | undefined
  #heartbeats: NodeJS.Timeout | undefined
  #slot = 0
  #draining = false
  /** Cursors that were too old. */
  expired = 0
  /** Called with the age of the newest change of each part, in seconds. */
  onLag: (seconds: number) => void = () => {}

  constructor(feed: SharedFeed) {
    this.#feed = feed
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Finds where a reader of a cursor begins; without a cursor, at the end. Throws `CURSOR_EXPIRED`, and `BAD_REQUEST` for other text. */
  async open(after?: string): Promise<Start> {
    await this.#follow()
    if (after === undefined || after === this.#end) return this.#at(this.#end)
    const isKnown = (part: Part) => part.next === after || part.entries.some(({ cursor }) => cursor === after)
    if (after === this.#from || this.#window.some(({ part }) => isKnown(part))) {
      return { ...this.#at(after), part: this.#since(after) }
    }
    return this.read(after)
  }

  /** Reads one page after a cursor. Throws like `open`. */
  async read(after: string): Promise<Start> {
    const generation = this.#generation
    const page = await this.#reads(() => this.#feed.read(after)).catch((error) => {
      if (error instanceof DomainError && error.code === 'CURSOR_EXPIRED') this.expired++
      throw error
    })
    return { cursor: after, part: Part.of(page), more: page.more, generation }
  }

  /** Gives a reader every change after a start, until the returned function is called. */
  attach(reader: Reader, { cursor, part, generation }: Start): () => void {
    if (this.#draining) {
      reader.drain()
      return () => {}
    }
    const subscriber = { reader, cursor, generation, slot: this.#subscribers.size % HEARTBEAT_SLOTS, left: false }
    this.#subscribers.add(subscriber)
    this.#heartbeats ??= setInterval(() => this.#sendHeartbeats(), HEARTBEAT_INTERVAL_MS).unref()
    if (part) this.#give(subscriber, part)
    this.#advance(subscriber)
    return () => this.#leave(subscriber)
  }

  /** Ends every stream, and from now on each new one at once. */
  drain(): void {
    this.#draining = true
    for (const subscriber of [...this.#subscribers]) {
      this.#leave(subscriber)
      subscriber.reader.drain()
    }
  }

  /** Ends every stream and stops reading the feed. */
  async stop(): Promise<void> {
    this.drain()
    const stop = await this.#following?.catch(() => undefined)
    stop?.()
  }

  #at(cursor: string): Start {
    return { cursor, more: false, generation: this.#generation }
  }

  /** Starts to follow the feed when the first reader needs it. */
  #follow(): Promise<unknown> {
    this.#following ??= this.#startFollowing().catch((error) => {
      this.#following = undefined
      throw error
    })
    return this.#following
  }

  async #startFollowing(): Promise<() => void> {
    const { from, stop } = await this.#feed.follow((page) => this.#publish(Part.of(page)))
    // If a part was published during the await, it has set the end already.
    if (this.#end === '') this.#from = this.#end = from
    return stop
  }

  #publish(part: Part): void {
    if (part.reset || this.#end === '') {
      this.#generation++
      this.#window = []
      this.#from = part.next
    } else this.#remember(part)
    this.#end = part.next
    const newest = part.entries.at(-1)
    if (newest) this.onLag(Math.max(0, Date.now() - Date.parse(newest.change.at)) / 1_000)
    for (const subscriber of this.#live) {
      subscriber.generation = this.#generation
      this.#give(subscriber, part)
    }
    const ahead = [...this.#ahead]
    this.#ahead.clear()
    for (const subscriber of ahead) this.#advance(subscriber)
  }

  #remember(part: Part): void {
    this.#window.push({ part, size: part.size })
    let size = this.#window.reduce((sum, one) => sum + one.size, 0)
    while (size > WINDOW_SIZE || this.#window.length > WINDOW_PARTS) {
      const oldest = this.#window.shift()
      if (!oldest) return
      size -= oldest.size
      this.#from = oldest.part.next
    }
  }

  /** The changes in the window after a cursor that lies in it. */
  #since(cursor: string): Part {
    const rest = this.#window.flatMap(({ part }) => part.after(cursor).entries)
    return new Part(rest, this.#end)
  }

  #give(subscriber: Subscriber, part: Part): void {
    subscriber.cursor = part.next
    subscriber.reader.take(part)
  }

  /** Brings a subscriber to the common end: at once if its cursor lies in the window, otherwise by reading pages. */
  #advance(subscriber: Subscriber): void {
    if (subscriber.left) return
    const isKnown = subscriber.generation === this.#generation
    if (isKnown && compareCursors(subscriber.cursor, this.#end) > 0) return void this.#ahead.add(subscriber)
    if (isKnown && compareCursors(subscriber.cursor, this.#from) >= 0) {
      if (subscriber.cursor !== this.#end) this.#give(subscriber, this.#since(subscriber.cursor))
      if (!subscriber.left) this.#live.add(subscriber)
      return
    }
    void this.#catchUp(subscriber)
  }

  async #catchUp(subscriber: Subscriber): Promise<void> {
    try {
      await subscriber.reader.ready()
      if (subscriber.left) return
      const { part, generation } = await this.read(subscriber.cursor)
      if (subscriber.left) return
      subscriber.generation = generation
      if (part) this.#give(subscriber, part)
    } catch (error) {
      if (subscriber.left) return
      this.#leave(subscriber)
      subscriber.reader.fail(error)
      return
    }
    this.#advance(subscriber)
  }

  #leave(subscriber: Subscriber): void {
    subscriber.left = true
    this.#subscribers.delete(subscriber)
    this.#live.delete(subscriber)
    this.#ahead.delete(subscriber)
    if (this.#subscribers.size > 0) return
    clearInterval(this.#heartbeats)
    this.#heartbeats = undefined
  }

  #sendHeartbeats(): void {
    this.#slot = (this.#slot + 1) % HEARTBEAT_SLOTS
    for (const subscriber of this.#subscribers)
      if (subscriber.slot === this.#slot) subscriber.reader.heartbeat(subscriber.cursor)
  }
}
