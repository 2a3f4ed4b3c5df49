import { setImmediate } from 'node:timers/promises'
import type { Change } from '@jumun/contract'
import type { FeedItem, FeedPage } from '@jumun/domain'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { LiveHub } from '../../src/live/hub.ts'

const after = (tick: number) => `1.${tick.toString(36)}.1.0.0`
const tickOf = (cursor: string) => {
  const [, tick = '', , changeId] = cursor.split('.')
  return Number.parseInt(tick, 36) + (changeId === '0' ? 0 : 1)
}

function item(tick: number): FeedItem {
  const data = { productId: tick, quantity: 1, reason: 'order' }
  const change = {
    id: String(tick),
    at: '2026-01-15T03:00:00.000Z',
    type: 'stock.changed',
    actor: null,
    data,
  } as Change
  return { cursor: `1.${(tick - 1).toString(36)}.1.${tick.toString(36)}.1`, change }
}

/** A feed with one change for each tick. Others commit and tick before this process has read that. */
class ScriptedFeed {
  committed = 0
  #published = 0
  #listener: (page: FeedPage) => void = () => {}

  async follow(listener: (page: FeedPage) => void) {
    this.#listener = listener
    return { from: after(this.#published), stop: () => {} }
  }

  async read(cursor: string): Promise<FeedPage> {
    await setImmediate()
    if (tickOf(cursor) > this.committed) return { items: [], next: after(this.committed), more: false, reset: true }
    return this.#page(tickOf(cursor), Math.min(this.committed, tickOf(cursor) + 3))
  }

  publish(ticks: number): void {
    const to = Math.min(this.committed, this.#published + ticks)
    if (to === this.#published) return
    this.#listener(this.#page(this.#published, to))
    this.#published = to
  }

  /** Loses the newest ticks, as a failover does. */
  lose(ticks: number): void {
    this.committed = this.#published -= ticks
    this.#listener({ items: [], next: after(this.#published), more: false, reset: true })
  }

  #page(from: number, to: number): FeedPage {
    const items = Array.from({ length: to - from }, (_, index) => item(from + index + 1))
    return { items, next: after(to), more: to < this.committed }
  }
}

const steps = fc.array(
  fc.record({ commits: fc.nat(3), publishes: fc.nat(3), back: fc.option(fc.nat(160)), turns: fc.nat(3) }),
  { minLength: 20, maxLength: 60 },
)

test('a reader gets every change after its cursor once, wherever it begins and however far its pages and the hub are apart', async () => {
  const property = fc.asyncProperty(steps, async (steps) => {
    const feed = new ScriptedFeed()
    // More than the hub keeps in memory.
    feed.committed = 150
    const hub = new LiveHub(feed)
    await hub.open()
    for (let tick = 0; tick < 150; tick++) feed.publish(1)
    const readers: { from: number; got: number[] }[] = []
    for (const { commits, publishes, back, turns } of steps) {
      feed.committed += commits
      if (back !== null) {
        const from = Math.max(0, feed.committed - back)
        const reader = { from, got: [] as number[] }
        readers.push(reader)
        void hub.open(after(from)).then((start) => {
          const take = (part: { entries: { change: Change }[] }) =>
            reader.got.push(...part.entries.map(({ change }) => Number(change.id)))
          hub.attach({ take, ready: async () => {}, heartbeat() {}, fail: expect.unreachable, drain() {} }, start)
        })
      }
      feed.publish(publishes)
      for (let turn = 0; turn < turns; turn++) await setImmediate()
    }
    for (let turn = 0; turn < 500; turn++) await setImmediate()
    feed.publish(Number.MAX_SAFE_INTEGER)
    for (let turn = 0; turn < 500; turn++) await setImmediate()
    for (const { from, got } of readers) {
      expect(got).toEqual(Array.from({ length: feed.committed - from }, (_, index) => from + index + 1))
    }
    await hub.stop()
  })
  await fc.assert(property, { numRuns: 40 })
})

test('a reader whose place is lost with a failover just before it is attached gets a reset', async () => {
  const feed = new ScriptedFeed()
  const hub = new LiveHub(feed)
  await hub.open()
  feed.committed = 5
  feed.publish(5)
  const start = await hub.open()
  feed.lose(2)
  const reset = new Promise<boolean>((resolve) => {
    const take = (part: { reset: boolean }) => resolve(part.reset)
    hub.attach({ take, ready: async () => {}, heartbeat() {}, fail: expect.unreachable, drain() {} }, start)
  })
  // The reader looks at its place at once, and does not wait until the feed has come there again.
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  feed.committed = 9
  feed.publish(6)
  expect(await reset).toBe(true)
  await hub.stop()
})

test('a reader that comes while the process stops is sent away', async () => {
  const hub = new LiveHub(new ScriptedFeed())
  const start = await hub.open()
  hub.drain()
  const reader = { take() {}, ready: async () => {}, heartbeat() {}, fail() {}, drain: vi.fn() }
  hub.attach(reader, start)
  expect(reader.drain).toHaveBeenCalledOnce()
})
