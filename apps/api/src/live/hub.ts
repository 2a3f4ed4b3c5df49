import { compareCursors, DomainError, type Feed } from '@jumun/domain'
import pLimit from 'p-limit'
import { Part } from './part.ts'

/** Few, because they share the connections of other reads. */
const READS_AT_ONCE = 3
/** How much of the newest changes stays in memory, in characters of JSON, so that a reader who comes back soon costs no read. */
const WINDOW_SIZE = 512 * 1_024
const WINDOW_PARTS = 100
/** Each stream is written to at least every 15 seconds, a part of them each second. */
const BEAT_INTERVAL_MS = 1_000
const BEAT_SLOTS = 14

/** Who gets changes. The hub calls it with parts that follow each other without gaps. None of its methods throws. */
export interface Reader {
  take(part: Part): void
  /** Resolves when it can take more. Awaited only while it reads what is past. */
  ready(): Promise<void>
  /** Called every 15 seconds at most. */
  beat(cursor: string): void
  /** Called at most once, at the end. */
  fail(error: unknown): void
  /** Called at most once, at the end: the process stops. */
  drain(): void
}

/** Where a reader begins: a cursor of this feed, and what was read after it already. */
export interface Start {
  cursor: string
  part?: Part
  more: boolean
  generation: number
}

/** What the hub needs of the feed. */
type SharedFeed = Pick<Feed, 'follow' | 'read'>

interface Seat {
  reader: Reader
  cursor: string
  generation: number
  slot: number
  left: boolean
}

/**
 * Reads the feed once for all readers of this process. A reader is a cursor: it reads pages of its own until it meets the end of what all
 * have, and then gets the parts that all get.
 */
export class LiveHub {
  readonly #feed: SharedFeed
  readonly #reads = pLimit(READS_AT_ONCE)
  /** Readers that have everything up to `#end`. */
  readonly #live = new Set<Seat>()
  /** Readers that have read further than `#end`. */
  readonly #ahead = new Set<Seat>()
  readonly #seats = new Set<Seat>()
  /** The newest parts: what lies between `#from` and `#end`. */
  #window: { part: Part; size: number }[] = []
  #from = ''
  #end = ''
  /** Grows with each reset; cursors of an earlier one must be read from again, to learn what became of them. */
  #generation = 0
  #following: Promise<() => void> | undefined
  #beats: NodeJS.Timeout | undefined
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

  /** Finds the place of a cursor; none: the end. Throws `CURSOR_EXPIRED`, and `BAD_REQUEST` for text that is no cursor. */
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

  /** Gives a reader everything after a place, until the returned function is called. */
  attach(reader: Reader, { cursor, part, generation }: Start): () => void {
    if (this.#draining) {
      reader.drain()
      return () => {}
    }
    const seat = { reader, cursor, generation, slot: this.#seats.size % BEAT_SLOTS, left: false }
    this.#seats.add(seat)
    this.#beats ??= setInterval(() => this.#beat(), BEAT_INTERVAL_MS).unref()
    if (part) this.#give(seat, part)
    this.#advance(seat)
    return () => this.#leave(seat)
  }

  /** Ends every stream; new ones are refused. */
  drain(): void {
    this.#draining = true
    for (const seat of [...this.#seats]) {
      this.#leave(seat)
      seat.reader.drain()
    }
  }

  /** Stops reading. */
  async stop(): Promise<void> {
    this.drain()
    const stop = await this.#following?.catch(() => undefined)
    stop?.()
  }

  #at(cursor: string): Start {
    return { cursor, more: false, generation: this.#generation }
  }

  /** Starts to follow the feed with the first reader. */
  #follow(): Promise<unknown> {
    this.#following ??= this.#startFollowing().catch((error) => {
      this.#following = undefined
      throw error
    })
    return this.#following
  }

  async #startFollowing(): Promise<() => void> {
    const { from, stop } = await this.#feed.follow((page) => this.#publish(Part.of(page)))
    // A part that was published before the await went on has set the end already.
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
    for (const seat of this.#live) {
      seat.generation = this.#generation
      this.#give(seat, part)
    }
    const ahead = [...this.#ahead]
    this.#ahead.clear()
    for (const seat of ahead) this.#advance(seat)
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

  /** What the window has after a cursor that lies in it. */
  #since(cursor: string): Part {
    const rest = this.#window.flatMap(({ part }) => part.after(cursor).entries)
    return new Part(rest, this.#end)
  }

  #give(seat: Seat, part: Part): void {
    seat.cursor = part.next
    seat.reader.take(part)
  }

  /** Brings a reader to the end, from wherever it is. */
  #advance(seat: Seat): void {
    if (seat.left) return
    const isKnown = seat.generation === this.#generation
    if (isKnown && compareCursors(seat.cursor, this.#end) > 0) return void this.#ahead.add(seat)
    if (isKnown && compareCursors(seat.cursor, this.#from) >= 0) {
      if (seat.cursor !== this.#end) this.#give(seat, this.#since(seat.cursor))
      if (!seat.left) this.#live.add(seat)
      return
    }
    void this.#catchUp(seat)
  }

  async #catchUp(seat: Seat): Promise<void> {
    try {
      await seat.reader.ready()
      if (seat.left) return
      const { part, generation } = await this.read(seat.cursor)
      if (seat.left) return
      seat.generation = generation
      if (part) this.#give(seat, part)
    } catch (error) {
      if (seat.left) return
      this.#leave(seat)
      seat.reader.fail(error)
      return
    }
    this.#advance(seat)
  }

  #leave(seat: Seat): void {
    seat.left = true
    this.#seats.delete(seat)
    this.#live.delete(seat)
    this.#ahead.delete(seat)
    if (this.#seats.size > 0) return
    clearInterval(this.#beats)
    this.#beats = undefined
  }

  #beat(): void {
    this.#slot = (this.#slot + 1) % BEAT_SLOTS
    for (const seat of this.#seats) if (seat.slot === this.#slot) seat.reader.beat(seat.cursor)
  }
}
