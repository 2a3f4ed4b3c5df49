import { z } from 'zod'
import { order } from './order.ts'
import { pointEntryKind } from './point.ts'
import { product } from './product.ts'
import { amountMoved, count, memberId, orderId, points, productId, remaining, timeOf, uuid } from './values.ts'

/** How long a change can be read, in days. */
export const FEED_KEPT_DAYS = 7

const EXAMPLE_CHANGE_ID = '019310a4-6f00-7000-8000-000000000004'

/** The fields of every change. */
const change = {
  id: uuid.meta({
    description: 'Id of the change, by which a reader recognises duplicates',
    example: EXAMPLE_CHANGE_ID,
  }),
  at: timeOf('When its transaction began, ISO 8601, UTC. Not what changes are sorted by'),
  actor: z.string().nullable().meta({
    description: 'Member id of the caller who made the change; null for the shop itself, such as when an order expires',
    example: 'demo',
  }),
}

function changeOf<Type extends string, Data extends z.ZodObject>(type: Type, description: string, data: Data) {
  return z.object({ ...change, type: z.literal(type).meta({ description, example: type }), data })
}

const orderState = z.object({
  order,
  version: count('Version of the order after the change; grows with each of its changes', 1),
})

export const stockReason = z.enum(['order', 'cancellation', 'expiry', 'correction']).meta({
  description: 'Why the stock changed: by orders, by a cancelled or an expired order, or by an admin',
  example: 'order',
})

const deliveredEvent = z.object({ eventId: uuid.meta({ description: 'Id of the event in the outbox' }), orderId })

/** One committed change of the shop. */
export const anyChange = z
  .discriminatedUnion('type', [
    changeOf('order.placed', 'An order was placed', orderState),
    changeOf('order.paid', 'An order was paid', orderState),
    changeOf('order.cancelled', 'An order was cancelled', orderState),
    changeOf('order.expired', 'An unpaid order expired', orderState),
    changeOf(
      'stock.changed',
      'The stock of a product changed',
      z.object({
        productId,
        quantity: remaining.meta({ description: 'Stock after the change', example: 98 }),
        reason: stockReason,
      }),
    ),
    changeOf('product.created', 'A product was put up for sale', z.object({ product })),
    changeOf('product.updated', 'Name or price of a product changed', z.object({ product })),
    changeOf('product.removed', 'A product was taken off sale', z.object({ productId })),
    changeOf(
      'points.changed',
      "A member's balance changed",
      z.object({
        memberId,
        kind: pointEntryKind,
        amount: amountMoved,
        balance: points.meta({ description: 'Balance after the change, in whole KRW', example: 80_000 }),
        orderId: orderId
          .nullable()
          .meta({ description: 'The order that was paid or refunded; null for charges and uses' }),
      }),
    ),
    changeOf(
      'delivery.dead',
      'The data platform rejected an event too often; it waits for a replay',
      deliveredEvent.extend({ reason: z.string().meta({ description: 'Why it was rejected the last time' }) }),
    ),
    changeOf('delivery.replayed', 'A dead letter is sent again', deliveredEvent),
  ])
  .meta({ id: 'Change', description: 'One committed change of the shop.' })

export type Change = z.output<typeof anyChange>
export type ChangeType = Change['type']
export type StockReason = z.output<typeof stockReason>
