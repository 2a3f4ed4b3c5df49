import type { Audit } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test, vi } from 'vitest'
import { auditShop } from '../../src/audit/audit-shop.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import { payOrder } from '../../src/order/pay-order.ts'
import { chargePoints } from '../../src/point/move-points.ts'

// Ends only a test that hangs; a busy machine needs far less.
vi.setConfig({ testTimeout: 120_000 })

const WORKERS = 4
const AUDITS = 8
const ORDER_INVARIANTS = [
  'total-is-line-sum',
  'paid-once',
  'refunded-once',
  'status-fits-times',
  'version-counts-changes',
]

const shop = useShop({ poolSize: WORKERS + 1 })

test('an audit during orders reads one snapshot and finds no violation', async () => {
  const mayAccess = () => true
  const productId = await shop.product({ price: 10, stock: 1_000_000 })
  const members = await Promise.all(Array.from({ length: WORKERS }, () => shop.member(1_000_000_000)))
  let isOpen = true
  const trade = async (memberId: string) => {
    for (let count = 0; isOpen; count++) {
      const request = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: `key-${count}` }
      const later = await shop.place({ ...request, payment: count % 2 === 0 ? 'later' : 'now' })
      const orderId = later.answer.id
      if (count % 2 === 0) await payOrder(shop.em, { orderId, mayAccess })
      if (count % 3 === 0) await cancelOrder(shop.em, { orderId, mayAccess })
      await chargePoints(shop.em, { memberId, amount: 1 })
    }
  }
  const trading = Promise.all(members.map(trade))
  const audits: Audit[] = []
  while (audits.length < AUDITS) audits.push(await auditShop(shop.em))
  isOpen = false
  await trading

  const counts = audits.map(({ invariants }) =>
    invariants.filter(({ name }) => ORDER_INVARIANTS.includes(name)).map(({ checked }) => checked),
  )
  for (const [count, ...others] of counts) expect(others).toEqual(ORDER_INVARIANTS.slice(1).map(() => count))
  expect(counts.at(-1)?.[0]).toBeGreaterThan(counts[0]?.[0] ?? 0)
  for (const { invariants } of audits) expect(invariants.filter(({ broken }) => broken > 0)).toEqual([])
})
