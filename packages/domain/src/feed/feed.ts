import type { Change } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startLoop } from '../background/loop.ts'
import { DomainError } from '../errors.ts'
import { advanceFeed, TICK_INTERVAL_MS } from './advance-feed.ts'
import { type Cursor, readFeedCursor, toFeedCursor } from './cursor.ts'
import type { Traced } from './outgoing-change.ts'
import { type ChangeRow, type Position, readChanges } from './read-changes.ts'
import { onChangesWritten } from './write-changes.ts'

/** How often to look for changes of other processes. */
const POLL_INTERVAL_MS = 250
/** The most rows of a page. A row has the changes of one transaction. */
const PAGE_ROWS = 100

/** A change, and the cursor after it. */
export interface FeedItem {
  cursor: string
  change: Change
}

/** A part of the feed. */
export interface FeedPage {
  items: FeedItem[]
  /** Where to go on. */
  next: string
  /** Whether more follows at once. */
  more: boolean
  /** Whether the cursor was of another feed, as after a restore of the database. The page then begins at the end of this feed. */
  reset?: true
}

/** The feed of changes in one process. It makes ticks, and reads new changes once for all followers. */
export class Feed {
  readonly #em: EntityManager
  readonly #reads: EntityManager
  readonly #loop: Loop
  readonly #onTick = new Set<() => void>()
  readonly #followers = new Set<(page: FeedPage) => void>()
  readonly #unsubscribe: () => void
  #lastTick = 0
  #tickedAt = Number.NEGATIVE_INFINITY
  /** The cursor up to which the followers have read; undefined without followers. */
  #end: Cursor | undefined

  /** @param reads the pool that reads the feed. It may be a separate one, so that other work does not wait for readers */
  constructor(em: EntityManager, onError: (error: unknown) => void, reads = em) {
    this.#em = em
    this.#reads = reads
    this.#loop = startLoop(async () => {
      const early = this.#tickedAt + TICK_INTERVAL_MS - performance.now()
      if (early > 0) return early
      try {
        await this.#tick()
      } catch (error) {
        onError(error)
      }
      return POLL_INTERVAL_MS
    })
    this.#unsubscribe = onChangesWritten(em, this.#loop.wake)
  }

  /** Calls a listener after each new tick. */
  onTick(listener: () => void): () => void {
    this.#onTick.add(listener)
    return () => void this.#onTick.delete(listener)
  }

  /**
   * Calls a listener with each new part of the feed, in order and without gaps. The first follower costs one read each tick; further ones
   * cost no reads.
   *
   * @returns the cursor after which the parts begin, and a function that ends the calls
   */
  async follow(listener: (page: FeedPage) => void): Promise<{ from: string; stop: () => void }> {
    // No part can be published between this line and the return, because both run in the same turn of the event loop.
    const end = this.#end ?? (await this.#readEnd())
    this.#end ??= end
    this.#followers.add(listener)
    const stop = () => {
      this.#followers.delete(listener)
      if (this.#followers.size === 0) this.#end = undefined
    }
    return { from: toFeedCursor(this.#end), stop }
  }

  /**
   * Reads the feed after a cursor.
   *
   * @param after none: the end of the feed
   * @throws `CURSOR_EXPIRED`, and `BAD_REQUEST` for text that is no cursor
   */
  async read(after?: string): Promise<FeedPage> {
    if (after === undefined) return { items: [], next: toFeedCursor(await this.#readEnd()), more: false }
    const cursor = readFeedCursor(after)
    if (await this.#isForeign(cursor)) return { ...(await this.read()), reset: true }
    // The tick was deleted since the check: the next attempt throws or finds where to go on.
    return (await readPage(this.#reads, cursor)) ?? this.read(after)
  }

  /** Looks for changes at once. */
  wake(): void {
    this.#loop.wake()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    await this.#loop.stop()
  }

  async #tick(): Promise<void> {
    const tick = await advanceFeed(this.#em.fork(), TICK_INTERVAL_MS)
    if (tick > this.#lastTick) {
      this.#lastTick = tick
      this.#tickedAt = performance.now()
      for (const listener of this.#onTick) listener()
    }
    for (let more = true; more; ) {
      // It becomes undefined when the last follower leaves, which may happen during the reads below.
      const from = this.#end
      if (!from) return
      if (await this.#isLost(from)) {
        const start = await this.read()
        if (this.#end === from) this.#publish({ ...start, reset: true })
        return
      }
      const page = await readPage(this.#reads, from)
      if (!page || this.#end !== from) continue
      if (page.items.length > 0 || page.next !== toFeedCursor(from)) this.#publish(page)
      more = page.more
    }
  }

  #publish(page: FeedPage): void {
    this.#end = readFeedCursor(page.next)
    for (const follower of this.#followers) follower(page)
  }

  async #readEnd(): Promise<Cursor> {
    const [tick] = await this.#reads
      .fork()
      .execute<[Pick<Cursor, 'tick' | 'tag' | 'epoch'>]>(
        'select number::float8 as tick, tag, epoch from feed_tick order by number desc limit 1',
      )
    return { ...tick, changeId: 0, done: 0 }
  }

  /** Whether the followers cannot go on from a cursor: it is of another feed, or expired while this process was suspended. */
  async #isLost(cursor: Cursor): Promise<boolean> {
    try {
      return await this.#isForeign(cursor)
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CURSOR_EXPIRED') return true
      throw error
    }
  }

  /** Whether a cursor is not of this feed. Throws `CURSOR_EXPIRED`. */
  async #isForeign({ epoch, tick, tag, changeId }: Cursor): Promise<boolean> {
    const [feed] = await this.#reads.fork().execute<[{ oldest: Cursor; epoch: number; tag: number | null }]>(
      `select (select json_build_object('tick', number, 'tag', tag, 'epoch', epoch) from feed_tick order by number limit 1) as oldest,
          epoch, (select tag from feed_tick where number = ?::bigint) as tag
        from feed_tick order by number desc limit 1`,
      [changeId === 0 ? tick : tick + 1],
    )
    if (epoch !== feed.epoch) return true
    if (tick < feed.oldest.tick) throw expired({ ...feed.oldest, changeId: 0, done: 0 })
    // A tick that does not exist yet has no tag, so its cursor is not of this feed.
    return tag !== feed.tag
  }
}

/** Undefined if the tick of the cursor is no longer kept. */
async function readPage(em: EntityManager, after: Cursor): Promise<FeedPage | undefined> {
  const read = await readChanges(em.fork(), after, { limit: PAGE_ROWS })
  if (!read) return undefined
  const { rows, last, cut } = read
  const { epoch } = last
  const items = rows.flatMap((row) => toItems(row, epoch, after))
  const end = { tick: last.tick, tag: last.tag, epoch, changeId: 0, done: 0 }
  const lastItem = items.at(-1)
  return cut && lastItem
    ? { items, next: lastItem.cursor, more: true }
    : { items, next: toFeedCursor(end), more: false }
}

function toItems({ tick, tag, id, events }: ChangeRow, epoch: number, after: Position): FeedItem[] {
  const isFirst = tick === after.tick + 1 && id === after.changeId
  const skipped = isFirst ? after.done : 0
  return events.slice(skipped).map((change, index) => {
    const cursor = toFeedCursor({ epoch, tick: tick - 1, tag, changeId: id, done: skipped + index + 1 })
    return { cursor, change: withoutTrace(change) }
  })
}

/** Removes the trace context, which readers must not see. */
function withoutTrace(change: Traced<Change>): Change {
  if (change.traceparent === undefined) return change
  const { traceparent: _, ...rest } = change
  return rest
}

function expired(oldest: Cursor): DomainError<'CURSOR_EXPIRED'> {
  return new DomainError('CURSOR_EXPIRED', 'The changes after this cursor are not kept any more.', {
    oldest: toFeedCursor(oldest),
  })
}
