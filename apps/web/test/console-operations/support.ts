import { randomUUID } from 'node:crypto'
import type { TestApi } from '@jumun/test-kit/api'

/** Copies a paid order past the shop, as a broken restore would: no event tells of it, and neither stock nor ledger know of it. */
export async function copyOrder({ services: { em } }: TestApi, orderId: string): Promise<string> {
  const copy = orderId.slice(0, -12) + randomUUID().slice(-12)
  await em.execute(
    `insert into "order" (id, member_id, status, total, version, created_at, paid_at)
      select ?, member_id, status, total, version, created_at, paid_at from "order" where id = ?`,
    [copy, orderId],
  )
  await em.execute(
    `insert into order_line (order_id, product_id, name, unit_price, quantity)
      select ?, product_id, name, unit_price, quantity from order_line where order_id = ?`,
    [copy, orderId],
  )
  return copy
}

/** Adds the event of such an order as a dead letter. */
export async function addDeadLetter(api: TestApi, orderId: string, reason: string): Promise<void> {
  const order = await api.client('ops', 'admin').order.byId.query({ orderId })
  const id = randomUUID()
  const event = { id, type: 'order.paid', at: order.paidAt, actor: null, data: { order, version: 1 } }
  await api.services.em.execute(
    `insert into undelivered_event (id, event, order_id, version, attempts, rejections, reason, due_at)
      values (?, ?::json, ?, 1, 20, 20, ?, null)`,
    [id, JSON.stringify(event), orderId, reason],
  )
}
