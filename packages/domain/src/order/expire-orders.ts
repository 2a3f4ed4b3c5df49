import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { type Loop, startLoop } from '../background/loop.ts'
import { inTransaction, transactionTime } from '../database/transaction.ts'
import { giveStockBack } from './lock-order.ts'
import { Order } from './order.entity.ts'
import { OrderLine } from './order-line.entity.ts'

const BATCH_SIZE = 100
const POLL_INTERVAL_MS = 1_000

/**
 * Ends orders whose time to be paid is over, a batch of the most overdue ones, and gives their stock back. Several
 * processes may do so at once: each takes orders that no other is at.
 *
 * @returns how many orders expired
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
    await giveStockBack(em, lines)
    return overdue.length
  })
}

/** Starts the loop that expires orders. */
export function startExpiry(em: EntityManager, onError: (error: unknown) => void): Loop {
  return startLoop(async () => {
    try {
      return (await expireOrders(em)) === BATCH_SIZE ? 0 : POLL_INTERVAL_MS
    } catch (error) {
      onError(error)
      return POLL_INTERVAL_MS
    }
  })
}
