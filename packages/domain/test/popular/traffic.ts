import type { Shop } from '@jumun/test-kit/domain-shop'
import { DomainError } from '../../src/errors.ts'
import { cancelOrder } from '../../src/order/cancel-order.ts'
import type { History } from './history.ts'

/** Things that go on until they are told to stop; the first that fails is thrown then. */
export interface Traffic {
  stop(): Promise<void>
}

/** Repeats a piece of work, again and again. */
export function goOn(work: () => Promise<unknown>): Traffic {
  let stopping = false
  const running = (async () => {
    while (!stopping) await work()
  })()
  // Thrown to whoever stops it, not to nobody.
  running.catch(() => {})
  return {
    async stop() {
      stopping = true
      await running
    },
  }
}

/** Places one order of two products that are picked at random, the first ones more often. */
export async function placeSome(shop: Shop, { memberId, productIds }: History): Promise<void> {
  const pick = () => productIds[Math.floor(productIds.length ** Math.random()) - 1] ?? 1
  await shop.place({ memberId, items: [pick(), pick()].map((productId) => ({ productId, quantity: 1 })) })
}

/** Cancels the first paid order after a moment that is picked at random in a range of time, in milliseconds since 1970. */
export async function cancelSome(shop: Shop, from: number, end: number): Promise<void> {
  const range = [from + Math.random() * (end - from), end].map((ms) => new Date(ms).toISOString())
  const [order] = await shop.em
    .fork()
    .execute<{ id: string }[]>(
      `select id from "order" where status = 'PAID' and paid_at >= ? and paid_at < ? order by paid_at limit 1`,
      range,
    )
  if (!order) return
  try {
    await cancelOrder(shop.em, shop.outbox, { orderId: order.id, mayTouch: () => true })
  } catch (error) {
    // Somebody else was faster.
    if (!(error instanceof DomainError && error.code === 'ORDER_NOT_CANCELLABLE')) throw error
  }
}
