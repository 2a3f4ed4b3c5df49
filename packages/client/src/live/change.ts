import type { Order, PointEntryKind, Product } from '../types.gen.ts'

interface ChangeOf<Type extends string, Data> {
  /** Id of the change, by which a reader recognises duplicates. */
  id: string
  /** When its transaction began, ISO 8601, UTC. Not what changes are sorted by. */
  at: string
  /** Member id of the caller who made the change; null for the shop itself, such as when an order expires. */
  actor: string | null
  /** What happened. */
  type: Type
  /** What there is to know of it. */
  data: Data
}

/** One committed change of the shop. */
export type Change =
  | ChangeOf<'order.placed' | 'order.paid' | 'order.cancelled' | 'order.expired', { order: Order; version: number }>
  | ChangeOf<
      'stock.changed',
      { productId: number; quantity: number; reason: 'order' | 'cancellation' | 'expiry' | 'correction' }
    >
  | ChangeOf<'product.created' | 'product.updated', { product: Product }>
  | ChangeOf<'product.removed', { productId: number }>
  | ChangeOf<
      'points.changed',
      { memberId: string; kind: PointEntryKind; amount: number; balance: number; orderId: string | null }
    >
  | ChangeOf<'delivery.dead', { eventId: string; orderId: string; reason: string }>
  | ChangeOf<'delivery.replayed', { eventId: string; orderId: string }>

/** One committed change, with the cursor after it. */
export type FollowedChange = { cursor: string } & Change

/** A part of the feed of changes. */
export interface ChangePage {
  items: FollowedChange[]
  nextCursor: string
  reset: boolean
}
