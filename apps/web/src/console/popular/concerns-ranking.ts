import type { FollowedChange } from '@jumun/client'

const CONCERNING = new Set<FollowedChange['type']>([
  'order.paid',
  'order.cancelled',
  'product.updated',
  'product.removed',
])

/** Whether a change may alter the order of the ranking, or the name or price of a product. Live stock is shown without reading it again. */
export function concernsRanking({ type }: Pick<FollowedChange, 'type'>): boolean {
  return CONCERNING.has(type)
}
