import { orderFlow } from './order-client.ts'
import type { OrderDraft, OrderLine } from './stored-order.ts'

/** Orders other lines in place of an order that was refused. With a new key: the refused one took no effect. */
export function orderAgain({ memberId, payment, cartProducts }: OrderDraft, lines: OrderLine[]): void {
  void orderFlow.start({ memberId, payment, cartProducts, lines, seenAt: Date.now() })
}
