import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderView, PlaceOrderInput } from '@jumun/contract'
import type { Shop } from '@jumun/test-kit/domain-shop'
import { DomainError } from '../src/errors.ts'
import type { Outcome } from '../src/idempotency/idempotency.ts'
import { OrderQueue } from '../src/order/order-queue.ts'
import { placeOrders } from '../src/order/place-orders.ts'

const RETRY_MS = 100

/**
 * Opens a queue like the API's. Retries an order that waited too long on a busy machine: it had no effect.
 */
export function openQueueWithoutTimeout(shop: Shop): { place(request: PlaceOrderInput): Promise<Outcome<OrderView>> } {
  const queue = new OrderQueue((requests) => placeOrders(shop.em, requests))
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
