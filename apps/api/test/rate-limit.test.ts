import { DomainError } from '@jumun/domain'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RateLimit } from '../src/http/rate-limit.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { freezeClock } from '../test-support/frozen-clock.ts'
import { call, type Reply, send, transports } from '../test-support/transports.ts'

const LIMIT = 5

const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: String(LIMIT) } })
const unlimited = useApi()

const WINDOW_MS = 1_000

const clock = freezeClock()

const statuses = (replies: Reply[]) => replies.map((reply) => reply.status).toSorted()
const limited = (count: number) => [...Array(LIMIT).fill(200), ...Array(count - LIMIT).fill(429)]

async function balances(memberId: string, count: number, role: 'member' | 'admin' = 'member', shop = api) {
  const token = await shop.token(memberId, role)
  const input = { memberId }
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      call({ url: shop.url, via: transports[index % 2] ?? 'REST', name: 'point.balance', input, token }),
    ),
  )
}

function anonymously(count: number, headers: Record<string, string> = {}) {
  return Promise.all(Array.from({ length: count }, () => send(`${api.url}/api/product`, { headers })))
}

test('a member has one limit for both transports, gets Retry-After, and may call again after that time', async () => {
  const replies = await balances('mina', 8)
  expect(statuses(replies)).toEqual(limited(8))
  for (const reply of replies.filter((one) => one.status === 429)) {
    expectProblem(reply, 'TOO_MANY_REQUESTS')
    expect(reply.headers.get('retry-after')).toBe('1')
  }
  clock.advance(WINDOW_MS)
  expect(statuses(await balances('mina', 1))).toEqual([200])
})

test('calls of other members, and calls from the same address without a token, do not count towards the limit of a member', async () => {
  await balances('jun', 10)
  await anonymously(10)
  expect(statuses(await balances('sora', LIMIT))).toEqual(limited(LIMIT))
})

test('calls without a token are limited by address, and forwarding headers are ignored', async () => {
  const headers = { 'x-forwarded-for': '10.0.0.1', forwarded: 'for=10.0.0.2', 'x-real-ip': '10.0.0.3' }
  expect(statuses([...(await anonymously(4)), ...(await anonymously(4, headers))])).toEqual(limited(8))
})

test('calls with an invalid token are limited by address', async () => {
  const replies = await anonymously(8, { authorization: 'Bearer a.b.c' })
  expect(statuses(replies)).toEqual([...Array(LIMIT).fill(401), ...Array(3).fill(429)])
})

test('calls with invalid input count towards the limit', async () => {
  const token = await api.token('bora')
  const replies = await Promise.all(
    Array.from({ length: 8 }, () =>
      call({ url: api.url, via: 'REST', name: 'point.use', input: { memberId: 'bora', amount: 0 }, token }),
    ),
  )
  expect(statuses(replies)).toEqual([...Array(LIMIT).fill(400), ...Array(3).fill(429)])
})

test('each call of a batch of the maximum size counts', async () => {
  const token = await api.token('yuri')
  const paths = Array(50).fill('point.balance').join(',')
  const input = encodeURIComponent(JSON.stringify({ ...Array(50).fill({ memberId: 'yuri' }) }))
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${api.url}/trpc/${paths}?batch=1&input=${input}`, { headers })
  const results = (await response.json()) as { error?: { data: { httpStatus: number } } }[]
  expect(results.map(({ error }) => error?.data.httpStatus ?? 200).toSorted()).toEqual(limited(50))
})

test('each call of a batch counts', async () => {
  const token = await api.token('dana')
  const paths = Array(8).fill('point.balance').join(',')
  const input = encodeURIComponent(JSON.stringify({ ...Array(8).fill({ memberId: 'dana' }) }))
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${api.url}/trpc/${paths}?batch=1&input=${input}`, { headers })
  const results = (await response.json()) as { error?: { data: { httpStatus: number } } }[]
  expect(results.map(({ error }) => error?.data.httpStatus ?? 200).toSorted()).toEqual(limited(8))
  expect(response.headers.get('retry-after')).toBe('1')
})

test('admins are not limited', async () => {
  expect(statuses(await balances('operator', 30, 'admin'))).toEqual(Array(30).fill(200))
})

test('a limit of 0 means no limit', async () => {
  expect(statuses(await balances('mina', 200, 'member', unlimited))).toEqual(Array(200).fill(200))
})

test.each(transports)(
  'every response over %s has the number of remaining calls, and a refused one has Retry-After',
  async (via) => {
    const memberId = `counted over ${via}`.replaceAll(' ', '-')
    const token = await api.token(memberId)
    const replies: Reply[] = []
    for (let index = 0; index <= LIMIT; index++) {
      replies.push(await call({ url: api.url, via, name: 'point.balance', input: { memberId }, token }))
    }
    const header = (name: string) => replies.map(({ headers }) => headers.get(name))
    expect(header('ratelimit-policy')).toEqual(Array(LIMIT + 1).fill('"calls";q=5;w=1'))
    expect(header('ratelimit')).toEqual([4, 3, 2, 1, 0, 0].map((left) => `"calls";r=${left};t=1`))
    expect(header('retry-after')).toEqual([...Array(LIMIT).fill(null), '1'])
  },
)

test('a response to an invalid token has the remaining calls of the address', async () => {
  const [reply] = await anonymously(1, { authorization: 'Bearer a.b.c' })
  expect(reply?.status).toBe(401)
  expect(reply?.headers.get('ratelimit')).toBe('"calls";r=4;t=1')
})

test('a response to a batch has the calls that remain after the whole batch', async () => {
  const token = await api.token('hana')
  const input = encodeURIComponent(JSON.stringify({ ...Array(3).fill({ memberId: 'hana' }) }))
  const paths = Array(3).fill('point.balance').join(',')
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${api.url}/trpc/${paths}?batch=1&input=${input}`, { headers })
  expect(response.headers.get('ratelimit')).toBe('"calls";r=2;t=1')
})

test('responses to admins, and all responses without a limit, have no RateLimit headers', async () => {
  const [ofAdmin] = await balances('operator', 1, 'admin')
  const [ofMember] = await balances('mina', 1, 'member', unlimited)
  for (const reply of [ofAdmin, ofMember]) {
    expect(reply?.status).toBe(200)
    expect(reply?.headers.get('ratelimit')).toBeNull()
    expect(reply?.headers.get('ratelimit-policy')).toBeNull()
  }
})

describe('with several processes', () => {
  /** How many of so many calls at once a process lets through. */
  const allowed = (limit: RateLimit, calls: number) => {
    let count = 0
    for (let call = 0; call < calls; call++) {
      try {
        limit.allowance('member mina', () => {}).admit()
        count++
      } catch (error) {
        if (!(error instanceof DomainError)) throw error
      }
    }
    return count
  }

  test('each allows its part of the rate, and corrects it when others come and go', () => {
    let processes = 1
    const limit = new RateLimit(90, () => processes)
    expect(allowed(limit, 200)).toBe(90)
    processes = 3
    clock.advance(WINDOW_MS)
    expect(allowed(limit, 200)).toBe(30)
    processes = 2
    clock.advance(WINDOW_MS)
    expect(allowed(limit, 200)).toBe(45)
  })

  test('a part smaller than one call a second still lets one through, at its rate', () => {
    const limit = new RateLimit(1, () => 4)
    const counts = Array.from({ length: 12 }, () => {
      clock.advance(WINDOW_MS)
      return allowed(limit, 5)
    })
    expect(counts.reduce((sum, count) => sum + count)).toBe(3)
  })

  test('a process knows of the others from their reports', async () => {
    expect(api.services.livingProcesses()).toBe(1)
    const other = await startTestApi(api.databaseUrl)
    onTestFinished(() => other.close())
    await expect.poll(() => other.services.livingProcesses(), { timeout: scaleByLoad(5_000) }).toBe(2)
  })
})
