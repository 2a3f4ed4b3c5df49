import { useApi } from '@jumun/test-kit/api'
import { expect, onTestFinished, test } from 'vitest'
import { openStream } from '../test-support/event-stream.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { scrape } from '../test-support/scrape.ts'

/** More than the calls that one member may have waiting and running. */
const RATE = 150
const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: String(RATE) } })

const LIMITS = ['rate', 'concurrency', 'queue', 'database', 'streams', 'body']

/** How many refusals each limit has counted while something was done, without those that counted none. */
async function refusals(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const read = async () => {
    const { value } = await scrape(api)
    return LIMITS.map((limit) => value(`jumun_refusals_total{limit="${limit}"}`))
  }
  const before = await read()
  await work()
  const after = await read()
  const grown = LIMITS.map((limit, index) => [limit, (after[index] ?? 0) - (before[index] ?? 0)] as const)
  return Object.fromEntries(grown.filter(([, count]) => count !== 0))
}

async function use(memberId: string): Promise<number> {
  const headers = { authorization: `Bearer ${await api.token(memberId)}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ memberId, amount: 1 })
  return (await fetch(`${api.url}/api/point/use`, { method: 'PATCH', headers, body })).status
}

test('calls above the rate count as refused by it', async () => {
  const headers = { authorization: `Bearer ${await api.token('heavy')}`, 'content-type': 'application/json' }
  // Counts as fifty calls, so that a slow machine exceeds the rate too.
  const body = JSON.stringify({ memberId: 'm'.repeat(200_000), amount: 1 })
  const send = async () => (await fetch(`${api.url}/api/point/use`, { method: 'PATCH', headers, body })).status
  const grown = await refusals(async () => {
    expect(await Promise.all(Array.from({ length: 16 }, send))).toContain(429)
  })
  expect(Object.keys(grown)).toEqual(['rate'])
})

test('calls of a member with too many others under way count as refused by concurrency', async () => {
  const memberId = await api.shop.member()
  const lock = await lockRows(api, 'point_account', 'member_id', [memberId])
  const grown = await refusals(async () => {
    // Those above the hundred that may wait are refused at once, and on a slow machine those that have waited too long.
    const { promise: refused, resolve } = Promise.withResolvers<void>()
    const calls = Array.from({ length: 110 }, async () => {
      if ((await use(memberId)) === 429) resolve()
    })
    await Promise.race([refused, Promise.all(calls)])
    await lock.release()
    await Promise.all(calls)
  })
  expect(grown).toMatchObject({ concurrency: expect.any(Number) })
})

test('calls that a full queue of their member refuses count as refused by it', async () => {
  const memberId = await api.shop.member()
  const { promise: ending, resolve: end } = Promise.withResolvers<void>()
  onTestFinished(() => end())
  const holding = Array.from({ length: 201 }, () => api.services.orders.run(memberId, () => ending).catch(() => {}))
  // The first one has its turn, and as many as may wait do.
  expect(await refusals(() => new Promise((resolve) => void setImmediate(resolve)))).toEqual({})
  const grown = await refusals(async () => {
    await api.services.orders.run(memberId, () => ending).catch(() => {})
    expect(await use(memberId)).toBe(503)
  })
  expect(grown).toEqual({ queue: 1 })
  end()
  await Promise.all(holding)
})

test('calls that get no connection count as refused by the database, once each', async () => {
  const memberId = await api.shop.member()
  const pool = await api.services.em.getConnection().getNativeClient()
  const { max = 0, connectionTimeoutMillis } = pool.options
  const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()))
  const grown = await refusals(async () => {
    Object.assign(pool.options, { connectionTimeoutMillis: 1 })
    expect(await use(memberId)).toBe(503)
    Object.assign(pool.options, { connectionTimeoutMillis })
    for (const client of clients) client.release()
  })
  expect(grown).toEqual({ database: 1 })
})

test('streams above those of a member count as refused by it', async () => {
  const token = await api.token('mina')
  const grown = await refusals(async () => {
    const open = Array.from({ length: 11 }, () => openStream(api, '/api/events', { token }))
    const streams = await Promise.all(open)
    expect(streams.filter(({ response }) => response.status !== 200)).toHaveLength(1)
    for (const stream of streams) stream.cut()
  })
  expect(grown).toEqual({ streams: 1 })
})

test('a body that is too large counts as refused by its length', async () => {
  const headers = { authorization: `Bearer ${await api.token('mina')}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ memberId: 'm'.repeat(300_000) })
  const post = async () => {
    expect((await fetch(`${api.url}/api/order`, { method: 'POST', headers, body })).status).toBe(413)
  }
  expect(await refusals(post)).toEqual({ body: 1 })
})
