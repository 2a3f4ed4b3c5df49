import { isJumunError, type JumunError } from '@jumun/client'
import type { OrderLine, StoredOrder } from './stored-order.ts'

/**
 * What is left of an order that was refused because products are short of stock or not sold any more: less of these, and none of those
 * that are gone. Undefined if the refusal was for another reason.
 */
export function linesLeft(order: StoredOrder, refusal: JumunError): OrderLine[] | undefined {
  const available = availableOf(refusal)
  if (!available) return undefined
  return order.lines
    .map((line) => ({ ...line, quantity: Math.min(line.quantity, available.get(line.productId) ?? line.quantity) }))
    .filter(({ quantity }) => quantity > 0)
}

/** How much there is of each product that the order could not get. */
function availableOf(refusal: JumunError): Map<number, number> | undefined {
  if (isJumunError(refusal, 'OUT_OF_STOCK'))
    return new Map(refusal.details.shortages.map(({ productId, available }) => [productId, available]))
  if (isJumunError(refusal, 'PRODUCT_NOT_FOUND')) return new Map(refusal.details.productIds.map((id) => [id, 0]))
  return undefined
}
