import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderView, PlaceOrderInput } from '@jumun/contract'
import type { Shop } from '@jumun/test-kit/domain-shop'
import { DomainError } from '../src/errors.ts'
import type { Outcome } from '../src/idempotency/idempotency.ts'
import { OrderQueue } from '../src/order/order-queue.ts'
import { placeOrders } from '../src/order/place-orders.ts'

const RETRY_MS = 100

/**
 * Opens an order queue as the API does. An order that a busy machine makes wait too long is refused as `UNAVAILABLE`, without
 * effect, and is placed again.
 */
export function openPatientQueue(shop: Shop): { place(request: PlaceOrderInput): Promise<Outcome<OrderView>> } {
  const queue = new OrderQueue((requests) => placeOrders(shop.em, shop.outbox, requests))
  return {
    async place(request) {
      for (;;) {
        try {
          return await queue.place(request)
        } catch (error) {
          if (!(error instanceof DomainError && error.code === 'UNAVAILABLE')) throw error
          await sleep(RETRY_MS)
        }
      }
    },
  }
}
