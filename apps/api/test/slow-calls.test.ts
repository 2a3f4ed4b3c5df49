import { setImmediate } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { expect, onTestFinished, test, vi } from 'vitest'
import { RateLimit } from '../src/http/rate-limit.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember } from '../test-support/fixtures.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { recordReceivedRequests } from '../test-support/received-requests.ts'
import { call } from '../test-support/transports.ts'

const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: '1000' } })
const unlimited = useApi()

/** More than the pool has connections. */
const CALLS = 30

/** Of a caller at once. Of those that change the same member's data, one at a time reaches the database. */
const RUNNING = 4

async function slowMember(shop: typeof api) {
  const memberId = await newMember(shop)
  const lock = await lockRows(shop, 'point_account', 'member_id', [memberId])
  return { memberId, token: await shop.token(memberId), lock }
}

/** Watches whether the pool has a free connection whenever a call takes one. */
async function watchPool({ services }: typeof api) {
  const pool = await services.database.em.getConnection().getNativeClient()
  let mostBusy = 0
  const onAcquire = () => {
    mostBusy = Math.max(mostBusy, pool.totalCount - pool.idleCount)
  }
  pool.on('acquire', onAcquire)
  onTestFinished(() => void pool.off('acquire', onAcquire))
  return { expectFree: () => expect(mostBusy).toBeLessThan(pool.options.max) }
}

async function expectOthersServed(shop: typeof api): Promise<void> {
  const memberId = await newMember(shop)
  const token = await shop.token(memberId)
  const reply = await call({ url: shop.url, via: 'REST', name: 'point.use', input: { memberId, amount: 1 }, token })
  expect(reply.answer).toMatchObject({ memberId })
}

test('a member with more slow calls than the database has connections does not hold up others', async () => {
  const { memberId, token, lock } = await slowMember(api)
  const pool = await watchPool(api)
  const requests = recordReceivedRequests()
  const input = { memberId, amount: 1 }
  const slow = Array.from({ length: CALLS }, () => call({ url: api.url, via: 'REST', name: 'point.use', input, token }))
  await requests.until(CALLS)
  await lock.untilBlocked()
  await expectOthersServed(api)
  pool.expectFree()
  await lock.release()
  // Those that waited for a connection, the lock or the calls before them for too long may be repeated.
  for (const { status } of await Promise.all(slow)) expect(status).toBeOneOf([200, 429, 503])
})

test('a batch of slow calls does not hold up others, even of a caller without a limit', async () => {
  const { memberId, token, lock } = await slowMember(unlimited)
  const pool = await watchPool(unlimited)
  const slow = fetch(`${unlimited.url}/trpc/${Array(CALLS).fill('point.use').join()}?batch=1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...Array(CALLS).fill({ memberId, amount: 1 }) }),
  })
  await lock.untilBlocked()
  await expectOthersServed(unlimited)
  pool.expectFree()
  await lock.release()
  expect(await (await slow).json()).toHaveLength(CALLS)
})

test('calls beyond a hundred that wait for others of the same member are refused', async () => {
  const { memberId, token, lock } = await slowMember(api)
  const input = { memberId, amount: 1 }
  const slow = Array.from({ length: 120 }, () => call({ url: api.url, via: 'REST', name: 'point.use', input, token }))
  const refused = await Promise.any(
    slow.map(async (reply) => ((await reply).status === 429 ? reply : Promise.reject())),
  )
  expectProblem(refused, 'TOO_MANY_REQUESTS')
  expect(refused.problem?.detail).toBe('Too many calls are waiting.')
  await lock.release()
  await Promise.all(slow)
})

test('a call that waits for more than two seconds for others of the same member is refused', async () => {
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  const { promise: released, resolve: release } = Promise.withResolvers<void>()
  const limit = new RateLimit(100)
  const run = (call: () => Promise<void>) => limit.allowance('mina', () => {}).run(call)
  let running = 0
  const slow = Array.from({ length: RUNNING }, () =>
    run(() => {
      running++
      return released
    }),
  )
  const waiting = run(async () => {})
  const late = expect(waiting).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' })
  // They start in a later turn, and must not be late themselves.
  await setImmediate()
  expect(running).toBe(RUNNING)
  now += 2_001
  release()
  await Promise.all([...slow, late])
  clock.mockRestore()
})

test('orders do not wait for other orders of the same member, so that they are placed together', async () => {
  const memberId = await newMember(api)
  const token = await api.token(memberId)
  const { promise: allArrived, resolve } = Promise.withResolvers<void>()
  let arrived = 0
  const place = vi.spyOn(api.services.orders, 'place').mockImplementation(async () => {
    if (++arrived === 10) resolve()
    await allArrived
    throw new Error('not placed')
  })
  const input = { memberId, items: [{ productId: 1, quantity: 1 }] }
  const orders = Array.from({ length: 10 }, () =>
    call({ url: api.url, via: 'tRPC', name: 'order.place', input, token }),
  )
  await Promise.all(orders)
  expect(arrived).toBe(10)
  place.mockRestore()
})
