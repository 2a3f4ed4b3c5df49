import type { Shop } from '@jumun/test-kit/domain-shop'
import { DomainError } from '../../src/errors.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import type { Catalog } from './past-orders.ts'

/** Work that is repeated in the background. */
export interface Repetition {
  /** Ends it after the current run. Throws the error of a run that failed. */
  stop(): Promise<void>
}

/** Repeats a piece of work until it is stopped or fails. */
export function repeat(work: () => Promise<unknown>): Repetition {
  let stopping = false
  const running = (async () => {
    while (!stopping) await work()
  })()
  // `stop` throws the error; without this it would also be an unhandled rejection.
  running.catch(() => {})
  return {
    async stop() {
      stopping = true
      await running
    },
  }
}

/** Places an order of two random products, the first ones more often. */
export async function placeRandomOrder(shop: Shop, { memberId, productIds }: Catalog): Promise<void> {
  const pick = () => productIds[Math.floor(productIds.length ** Math.random()) - 1] ?? 1
  await shop.place({ memberId, items: [pick(), pick()].map((productId) => ({ productId, quantity: 1 })) })
}

/** Cancels the first paid order after a random time between `from` and `end`, in milliseconds since 1970. */
export async function cancelRandomOrder(shop: Shop, from: number, end: number): Promise<void> {
  const range = [from + Math.random() * (end - from), end].map((ms) => new Date(ms).toISOString())
  const [order] = await shop.em
    .fork()
    .execute<{ id: string }[]>(
      `select id from "order" where status = 'PAID' and paid_at >= ? and paid_at < ? order by paid_at limit 1`,
      range,
    )
  if (!order) return
  try {
    await cancelOrder(shop.em, { orderId: order.id, mayAccess: () => true })
  } catch (error) {
    // A concurrent call has cancelled it.
    if (!(error instanceof DomainError && error.code === 'ORDER_NOT_CANCELLABLE')) throw error
  }
}
