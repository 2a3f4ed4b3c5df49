import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { StreamCounts } from '../../src/live/stream-counts.ts'
import { openStream } from '../../test-support/event-stream.ts'

const api = useApi()

/** Streams of a caller until one is refused. */
function takeAll(counts: StreamCounts, caller: string | undefined, most: number): { taken: number; refusal: unknown } {
  for (let taken = 0; taken < most; taken++) {
    try {
      counts.take(caller)
    } catch (refusal) {
      return { taken, refusal }
    }
  }
  return { taken: most, refusal: undefined }
}

test.each([
  ['member mina', 10, 'TOO_MANY_REQUESTS'],
  ['address 192.0.2.1', 100, 'TOO_MANY_REQUESTS'],
  [undefined, 10_000, 'UNAVAILABLE'],
])('%s may have %i streams at once, and gets %s for one more', (caller, most, code) => {
  const counts = new StreamCounts()
  expect(takeAll(counts, caller, 20_000)).toMatchObject({ taken: most, refusal: { code } })
  const others = takeAll(counts, 'member jun', 5)
  expect(others.taken).toBe(caller === undefined ? 0 : 5)
})

test('a stream that has ended makes room once', () => {
  const counts = new StreamCounts()
  const end = counts.take('member mina')
  end()
  end()
  expect(takeAll(counts, 'member mina', 20)).toMatchObject({ taken: 10 })
})

test('callers without a token are counted by address, at every door', async () => {
  const doors = ['/api/events', '/trpc/live.changes']
  const streams = await Promise.all(
    Array.from({ length: 100 }, (_, index) => openStream(api, doors[index % 2] ?? expect.unreachable())),
  )
  const { response } = await openStream(api, '/api/events')
  expect([response.status, await response.json()]).toMatchObject([429, { code: 'TOO_MANY_REQUESTS' }])
  const overTrpc = await openStream(api, '/trpc/live.changes')
  expect([(await overTrpc.next())?.event, (await overTrpc.next())?.event]).toEqual(['connected', 'serialized-error'])
  expect((await fetch(`${api.url}/api/changes?wait=20`)).status).toBe(429)
  const ofMember = await openStream(api, '/api/events', { token: await api.token('mina') })
  expect(ofMember.response.status).toBe(200)
  for (const stream of [...streams, ofMember]) stream.cut()
})

test('HEAD takes no place of a member', async () => {
  const headers = { authorization: `Bearer ${await api.token('jun')}` }
  for (let count = 0; count < 11; count++)
    expect((await fetch(`${api.url}/api/events`, { method: 'HEAD', headers })).status).toBe(200)
})
