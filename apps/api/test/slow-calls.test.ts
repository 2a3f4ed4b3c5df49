import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newMember } from '../test-support/fixtures.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { recordReceivedRequests } from '../test-support/received-requests.ts'
import { call } from '../test-support/transports.ts'

const api = useApi({ settings: { RATE_LIMIT_PER_SECOND: '1000' } })
const unlimited = useApi()

/** More than the pool has connections. */
const CALLS = 30

/** Each of a few calls that run at once waits for the lock, on a connection of its own. */
const RUNNING = 4

async function slowMember(shop: typeof api) {
  const memberId = await newMember(shop)
  const lock = await lockRows(shop, 'point_account', 'member_id', [memberId])
  return { memberId, token: await shop.token(memberId), lock }
}

async function expectOthersServed(shop: typeof api): Promise<void> {
  const memberId = await newMember(shop)
  const token = await shop.token(memberId)
  const reply = await call({ url: shop.url, via: 'REST', name: 'point.use', input: { memberId, amount: 1 }, token })
  expect(reply.answer).toMatchObject({ memberId })
}

test('a member with more slow calls than the database has connections does not hold up others', async () => {
  const { memberId, token, lock } = await slowMember(api)
  const requests = recordReceivedRequests()
  const input = { memberId, amount: 1 }
  const slow = Array.from({ length: CALLS }, () => call({ url: api.url, via: 'REST', name: 'point.use', input, token }))
  await requests.until(CALLS)
  await lock.untilBlocked(RUNNING)
  await expectOthersServed(api)
  await lock.release()
  // Those that waited for a connection, the lock or the calls before them for too long may be repeated.
  for (const { status } of await Promise.all(slow)) expect(status).toBeOneOf([200, 429, 503])
})

test('a batch of slow calls does not hold up others, even of a caller without a limit', async () => {
  const { memberId, token, lock } = await slowMember(unlimited)
  const slow = fetch(`${unlimited.url}/trpc/${Array(CALLS).fill('point.use').join()}?batch=1`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...Array(CALLS).fill({ memberId, amount: 1 }) }),
  })
  await lock.untilBlocked(RUNNING)
  await expectOthersServed(unlimited)
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
  await lock.release()
  await Promise.all(slow)
})
