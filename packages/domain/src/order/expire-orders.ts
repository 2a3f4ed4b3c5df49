import { MAX_ITEMS } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'
import { runStatement } from '../database/statement.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { type NewChange, writeChanges } from '../feed/write-changes.ts'
import { returnStock } from './lock-order.ts'
import { selectOrders } from './select-orders.ts'

const BATCH_MAX_ORDERS = 100
/** Bounds for how long a batch holds the locks of stock. At least 100, the most lines of an order. */
const BATCH_MAX_LINES = 200
const POLL_INTERVAL_MS = 1_000
/** Between two runs of the rollup of popular products, which has the same interval. */
const FIRST_AFTER_MS = 600

/**
 * Expires unpaid orders whose payment window is over, the most overdue first, and returns their stock. Several processes
 * may run it at once: `skip locked` gives each of them different orders.
 *
 * @returns how many orders expired: 100 at most, with 200 lines together at most
 */
export async function expireOrders(em: EntityManager): Promise<number> {
  return inTransaction(em, async (em) => {
    const overdue = await runStatement<{ id: string; lines: number }>(
      em,
      `select id, (select count(*)::int from order_line where order_id = o.id) as lines
         from "order" o
        where status = 'PENDING_PAYMENT' and expires_at <= now()
        order by expires_at
        limit $1
          for update skip locked`,
      [BATCH_MAX_ORDERS],
    )
    const ids = firstWithin(overdue, BATCH_MAX_LINES).map(({ id }) => id)
    if (ids.length === 0) return 0
    await runStatement(em, `update "order" set status = 'EXPIRED', version = version + 1 where id = any($1::uuid[])`, [
      ids,
    ])
    const { orders } = await selectOrders(em, {
      orders: 'where id in (?) order by id',
      values: [ids],
      sort: 'o.id',
      maxLines: ids.length * MAX_ITEMS,
    })
    const now = await transactionTime(em)
    const lines = orders.flatMap(({ view }) => view.items)
    // As late as possible, because others wait for the stock.
    const stock = await returnStock(em, lines, { reason: 'expiry', actor: null })
    const expired = orders.map(({ view: order, version }): NewChange => {
      return { type: 'order.expired', actor: null, data: { order, version } }
    })
    await writeChanges(em, now, [...expired, ...stock])
    return ids.length
  })
}

/** The first orders that have at most `maxLines` lines together; at least one. */
function firstWithin<Order extends { lines: number }>(orders: Order[], maxLines: number): Order[] {
  let sum = 0
  return orders.filter(({ lines }, index) => {
    sum += lines
    return index === 0 || sum <= maxLines
  })
}

/** Starts the loop that expires overdue orders every second, with a pause after each batch. */
export function startExpiry(em: EntityManager, onError: (error: unknown) => void): Loop {
  const runOnce = async () => (await expireOrders(em)) > 0
  return startPolling({ runOnce, intervalMs: POLL_INTERVAL_MS, firstAfterMs: FIRST_AFTER_MS, onError })
}
