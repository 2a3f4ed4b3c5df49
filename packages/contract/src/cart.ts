import { z } from 'zod'
import { amount, idempotencyKey, memberId, points, productId, quantity, remaining } from './values.ts'

/** One product in a cart, as it is now: its price may have changed and its stock may have run out since it was added. */
export const cartItem = z
  .object({
    productId,
    name: z.string().meta({ description: 'Name', example: 'Hallabong tea' }),
    price: amount.meta({ description: 'Price as it is now, in whole KRW', example: 12_900 }),
    stock: remaining,
    quantity,
    amount: points.meta({ description: 'price × quantity, in whole KRW', example: 25_800 }),
  })
  .meta({ id: 'CartItem' })

export const cart = z
  .object({
    memberId,
    items: z.array(cartItem),
    total: points.meta({ description: 'Sum of the amounts, in whole KRW', example: 25_800 }),
  })
  .meta({ id: 'Cart' })

export const cartInput = z.strictObject({ memberId })
export const cartItemInput = z.strictObject({ memberId, productId, quantity })
export const removeCartItemInput = z.strictObject({ memberId, productId })
export const checkoutInput = z.strictObject({ memberId, idempotencyKey: idempotencyKey.optional() })

export type CartView = z.output<typeof cart>
export type CartItemView = z.output<typeof cartItem>
export type CartItemInput = z.output<typeof cartItemInput>
export type CheckoutInput = z.output<typeof checkoutInput>
