import { expect, test } from 'vitest'
import { type ChangesState, isJumunError } from '../src/index.ts'
import {
  brokenStream,
  changeOfStock,
  cutStream,
  end,
  event,
  openStream,
  page,
  stock,
  take,
  useFakeFeed,
} from '../test-support/fake-feed.ts'
import { useFastTimers } from '../test-support/fast-timers.ts'

const feed = useFakeFeed()
useFastTimers()

const bookmark = (id: string) => event('bookmark', id)
const cursors = (items: { cursor: string }[]) => items.map(({ cursor }) => cursor)
const follow = () => feed.client({ random: () => 0 }).changes()

test('changes arrive with their cursors, and leaving the loop closes the connection', async () => {
  feed.respond(openStream(bookmark('c0'), stock(9), stock(8)))
  const changes = await take(feed.client().changes({ after: 'c-1', topics: ['products', 'member:mina'] }), 2)
  expect(changes).toEqual([9, 8].map((quantity) => ({ cursor: `c${quantity}`, ...changeOfStock(quantity) })))
  expect(feed.paths()).toEqual(['/api/events?after=c-1&topics=products%2Cmember%3Amina'])
  expect(feed.requests[0]).toMatchObject({ authorization: 'Bearer a.b.c', signal: { aborted: true } })
})

test('chunks may end inside a character', async () => {
  const data = { ...changeOfStock(1), actor: '한라봉' }
  const bytes = [...new TextEncoder().encode(event('change', 'c1', data))].map((byte) => Uint8Array.of(byte))
  feed.respond(openStream(...bytes))
  expect(await take(follow(), 1)).toEqual([{ cursor: 'c1', ...data }])
})

test('after a cut it goes on after the last change', async () => {
  feed.respond(cutStream(bookmark('c0'), stock(9), 'event: change\nid: c8\ndata: {"half'), openStream(stock(8)))
  expect(cursors(await take(follow(), 2))).toEqual(['c9', 'c8'])
  expect(feed.paths()).toEqual(['/api/events', '/api/events?after=c9'])
})

test('a change that the loop has not taken yet is not skipped', async () => {
  feed.respond(cutStream(stock(9), stock(8), stock(7)))
  const changes = follow()
  expect((await changes.next()).value).toMatchObject({ cursor: 'c9' })
  expect(changes.cursor).toBe('c9')
  await changes.return()
})

test('a bookmark moves the cursor', async () => {
  feed.respond(cutStream(bookmark('b1')), cutStream(bookmark('b2')), openStream(stock(9)))
  const changes = follow()
  expect(changes.cursor).toBeUndefined()
  expect(cursors(await take(changes, 1))).toEqual(['c9'])
  expect(feed.paths().slice(1)).toEqual(['/api/events?after=b1', '/api/events?after=b2'])
  expect(changes.cursor).toBe('c9')
})

test('a reset is passed on, and following goes on after it', async () => {
  feed.respond(cutStream(event('reset', 'r1')), openStream(stock(9)))
  expect(await take(follow(), 2)).toEqual([{ type: 'reset', cursor: 'r1' }, expect.objectContaining({ cursor: 'c9' })])
  expect(feed.paths()[1]).toBe('/api/events?after=r1')
})

test('events of unknown types and comments are left out', async () => {
  feed.respond(openStream(': ping\n\n', event('weather', 'w1'), stock(9)))
  expect(cursors(await take(follow(), 1))).toEqual(['c9'])
})

test('a stream that is silent for 45 s counts as broken', async () => {
  feed.respond(openStream(bookmark('b1')), openStream(stock(9)))
  expect(cursors(await take(follow(), 1))).toEqual(['c9'])
  expect(feed.requests[0]?.signal.aborted).toBe(true)
  expect(feed.pauses()).toEqual([45_000 + 50])
})

test('a loop that takes its time is no silence', async () => {
  feed.respond(openStream(stock(9), stock(8)))
  for await (const { cursor } of follow()) {
    await new Promise((resolve) => setTimeout(resolve, 60_000))
    if (cursor === 'c8') break
  }
  expect(feed.requests).toHaveLength(1)
})

test('a draining server is left alone as long as it asks for', async () => {
  feed.respond(openStream(stock(9), end('DRAINING', 2_345)), openStream(end('TOO_SLOW')), openStream(stock(8)))
  expect(cursors(await take(follow(), 2))).toEqual(['c9', 'c8'])
  expect(feed.pauses()).toEqual([2_345, 100])
})

test('after three streams that ended early it polls, and later tries a stream again', async () => {
  const polls = [page('c8', [9, 8]), page('c8'), page('c7', [7])]
  feed.respond(cutStream(), openStream(), cutStream(bookmark('b1')), ...polls)
  const changes = follow()
  expect(cursors([await next(changes), await next(changes), await next(changes)])).toEqual(['c9', 'c8', 'c7'])
  expect(feed.paths().slice(2)).toEqual([
    '/api/events',
    '/api/changes?after=b1&wait=25',
    '/api/changes?after=c8&wait=25',
    '/api/changes?after=c8&wait=25',
  ])
  // Nothing comes at once, as if `wait` were ignored, until the five minutes are over.
  feed.respond(...Array.from({ length: 299 }, () => page('c7')), cutStream(), page('c6', [6]))
  expect(cursors([await next(changes)])).toEqual(['c6'])
  expect(feed.paths().slice(-3)).toEqual([
    '/api/changes?after=c7&wait=25',
    '/api/events?after=c7',
    '/api/changes?after=c7&wait=25',
  ])
  await changes.return()
})

async function next(changes: AsyncIterator<{ cursor: string }, void>) {
  return (await changes.next()).value ?? expect.unreachable()
}

test('without a cursor the first poll gets one at once', async () => {
  feed.respond(cutStream(), cutStream(), cutStream(), page('c0'), page('c9', [9]))
  expect(cursors(await take(follow(), 1))).toEqual(['c9'])
  expect(feed.paths().slice(3)).toEqual(['/api/changes?wait=0', '/api/changes?after=c0&wait=25'])
})

test('a poll may tell a reset', async () => {
  feed.respond(cutStream(), cutStream(), cutStream(), page('r1', [], true), page('c9', [9]))
  expect(cursors(await take(follow(), 2))).toEqual(['r1', 'c9'])
})

test('streams that break after a while, and those that the server ends, do not lead to polling', async () => {
  const broken = () => brokenStream(10_000, bookmark('b1'))
  feed.respond(
    broken(),
    broken(),
    broken(),
    broken(),
    cutStream(),
    cutStream(),
    openStream(end('TOO_SLOW')),
    cutStream(),
  )
  feed.respond(openStream(stock(9)))
  expect(cursors(await take(follow(), 1))).toEqual(['c9'])
  expect(feed.paths().filter((path) => !path.startsWith('/api/events'))).toEqual([])
  expect(feed.pauses().slice(0, 5)).toEqual([10_050, 10_050, 10_050, 10_050, 100])
})

test.each(['before it begins', 'while it waits for the server', 'while it waits for an event', 'between two attempts'])(
  'the signal ends the loop %s',
  async (moment) => {
    const stop = new AbortController()
    const unanswered = () => {
      stop.abort()
      return new Promise<never>(() => {})
    }
    if (moment === 'before it begins') stop.abort()
    if (moment === 'while it waits for the server') feed.respond(unanswered)
    if (moment === 'while it waits for an event') feed.respond(openStream(bookmark('b1')))
    if (moment === 'between two attempts') feed.respond(cutStream())
    const changes = feed.client().changes({ signal: stop.signal, onState: () => stop.abort() })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
    for (const { signal } of feed.requests) expect(signal.aborted).toBe(true)
  },
)

test('after the signal the loop gets nothing more, even of what has arrived', async () => {
  feed.respond(openStream(stock(9) + stock(8)))
  const stop = new AbortController()
  const seen: string[] = []
  for await (const { cursor } of feed.client().changes({ signal: stop.signal })) {
    seen.push(cursor)
    stop.abort()
  }
  expect(seen).toEqual(['c9'])
})

test('return ends a next that is waiting, and closes the connection at once', async () => {
  feed.respond(openStream(stock(9)))
  const changes = follow()
  await changes.next()
  const waiting = changes.next()
  await changes.return()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(feed.requests[0]?.signal.aborted).toBe(true)
})

test('each change of the connection is told, with its reason', async () => {
  feed.respond(cutStream(bookmark('b1'), bookmark('b2')), openStream(end('DRAINING', 3_000)), cutStream(), cutStream())
  feed.respond(cutStream(), page('c9', [9]))
  const states: ChangesState[] = []
  await take(feed.client({ random: () => 0 }).changes({ onState: (state) => states.push(state) }), 1)
  const told = states.map((state) =>
    state.state === 'connected' ? state.by : `${state.delayMs}: ${state.error.message}`,
  )
  expect(told).toEqual([
    'stream',
    '50: A stream from http://jumun.test was cut.',
    '3000: The server ended the stream (DRAINING).',
    '200: A stream from http://jumun.test was cut.',
    '400: A stream from http://jumun.test was cut.',
    '800: A stream from http://jumun.test was cut.',
    'poll',
  ])
  const failed = states.flatMap((state) => (state.state === 'waiting' ? [state.error] : []))
  expect(failed.every((error) => isJumunError(error, 'UNREACHABLE') && !error.isOutcomeUnknown)).toBe(true)
})
