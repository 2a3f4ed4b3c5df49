import type { FollowedChange } from '@jumun/client'

const CONCERNING = new Set<FollowedChange['type']>([
  'order.paid',
  'order.cancelled',
  'product.updated',
  'product.removed',
])

/** Whether another product may lead after a change, or one look different. Stock has a way of its own. */
export function concernsRanking({ type }: Pick<FollowedChange, 'type'>): boolean {
  return CONCERNING.has(type)
}
