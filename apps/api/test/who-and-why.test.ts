import type { FollowedChange, ProcedureName } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { newMember, newOrder, newProduct } from '../test-support/fixtures.ts'
import { call, transports } from '../test-support/transports.ts'

const api = useApi()

/** Calls as a member, or as an admin. */
async function ask(via: 'tRPC' | 'REST', who: [id: string, role?: 'admin'], name: ProcedureName, input: object) {
  const token = await api.token(...who)
  const { answer } = await call({ url: api.url, via, name, input: { ...input }, token })
  return answer as { items: object[] }
}

test.each(transports)('a member reads over %s why points moved, and only an admin reads who did it', async (via) => {
  const memberId = await newMember(api)
  const { id: orderId } = await newOrder(api, { memberId, productId: await newProduct(api) })
  await ask(via, ['operator', 'admin'], 'point.charge', { memberId, amount: 5, reason: 'goodwill' })
  await ask(via, [memberId], 'point.use', { memberId, amount: 5, reason: 'a gift' })
  await ask(via, ['operator', 'admin'], 'order.cancel', { orderId, reason: 'sold out' })
  const reasons = ['sold out', 'a gift', 'goodwill']
  const history = async (...who: [id: string, role?: 'admin']) =>
    (await ask(via, who, 'point.history', { memberId, limit: 3 })).items
  const actors = ['operator', null, 'operator']
  expect(await history('other-operator', 'admin')).toMatchObject(
    reasons.map((reason, index) => ({ reason, actor: actors[index] })),
  )
  expect(await history(memberId)).toMatchObject(reasons.map((reason) => ({ reason, actor: null })))
})

test.each(transports)('admins read over %s who corrected a stock and why', async (via) => {
  const productId = await newProduct(api)
  await ask(via, ['operator', 'admin'], 'product.update', { productId, stockDelta: -3, reason: 'broken in transit' })
  const { items } = await ask(via, ['other-operator', 'admin'], 'product.adjustments', { productId })
  const adjustment = { delta: -3, stockAfter: 97, actor: 'operator', reason: 'broken in transit' }
  expect(items).toEqual([{ id: expect.any(Number), createdAt: expect.any(String), ...adjustment }])
})

const isLast = (change?: FollowedChange) => change?.type === 'points.changed' && change.data.amount === 5

test('the reason is in the changes that a member and an admin follow', async () => {
  const memberId = await newMember(api)
  const { id: orderId } = await newOrder(api, { memberId, productId: await newProduct(api) })
  const topics = [`member:${memberId}`]
  const admin = api.client('operator', 'admin')
  const { nextCursor: after } = await admin.live.list.query({ topics })
  await admin.order.cancel.mutate({ orderId, reason: 'sold out' })
  await admin.point.charge.mutate({ memberId, amount: 5 })
  // What came before may follow the cursor: it was taken at the last tick.
  const seen: FollowedChange[] = []
  for (let cursor = after; !isLast(seen.at(-1)); ) {
    const page = await api.client(memberId).live.list.query({ topics, after: cursor, wait: 20 })
    seen.push(...page.items)
    cursor = page.nextCursor
  }
  const [cancelled, refunded, charged] = seen.slice(-3)
  expect(cancelled).toMatchObject({ type: 'order.cancelled', data: { reason: 'sold out' } })
  expect(refunded).toMatchObject({ type: 'points.changed', data: { kind: 'REFUND', reason: 'sold out' } })
  expect(charged?.data).not.toHaveProperty('reason')
})
