import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { returnStock } from './lock-order.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'

const BATCH_SIZE = 100
const POLL_INTERVAL_MS = 1_000

/**
 * Expires unpaid orders whose payment window is over, the most overdue first, and returns their stock. Several processes
 * may run it at once: `skip locked` gives each of them different orders.
 *
 * @returns how many orders expired, 100 at most
 */
export async function expireOrders(em: EntityManager): Promise<number> {
  return inTransaction(em, async (em) => {
    const overdue = await em.find(
      Order,
      { status: 'PENDING_PAYMENT', expiresAt: { $lte: await transactionTime(em) } },
      { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE, orderBy: { expiresAt: 'asc' }, limit: BATCH_SIZE },
    )
    if (overdue.length === 0) return 0
    const lines = await em.find(OrderLine, { orderId: overdue.map((order) => order.id) })
    for (const order of overdue) {
      order.status = 'EXPIRED'
      order.version += 1
    }
    await returnStock(em, lines)
    return overdue.length
  })
}

/** Starts the loop that expires overdue orders every second. */
export function startExpiry(em: EntityManager, onError: (error: unknown) => void): Loop {
  const runOnce = async () => (await expireOrders(em)) === BATCH_SIZE
  return startPolling({ runOnce, intervalMs: POLL_INTERVAL_MS, onError })
}
