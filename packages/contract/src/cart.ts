import { z } from 'zod'
import { order } from './order.ts'
import type { ProcedureGroup } from './procedure.ts'
import {
  currentProduct,
  EXAMPLE_MEMBER_ID,
  expectedTotal,
  idempotencyKey,
  memberId,
  points,
  productId,
  quantity,
} from './values.ts'

const cartItem = z
  .object({
    ...currentProduct,
    quantity,
    amount: points.meta({ description: '`price` × `quantity`, in whole KRW', example: 25_800 }),
  })
  .meta({
    id: 'CartItem',
    description: 'One product in a cart. Its price may have changed and its stock may have run out since it was added.',
  })

export const cart = z
  .object({
    memberId,
    items: z.array(cartItem).meta({ description: 'One for each product' }),
    total: points.meta({ description: 'Sum of the amounts, in whole KRW', example: 25_800 }),
  })
  .meta({ id: 'Cart', description: "A member's cart. It reserves nothing." })

const cartInput = z.strictObject({ memberId }).meta({ id: 'CartInput', description: 'Whose cart.' })
export const cartItemInput = z
  .strictObject({ memberId, productId, quantity })
  .meta({ id: 'CartItemInput', description: 'Whose cart, which product, and how many.' })
export const addCartItemInput = cartItemInput
  .extend({ idempotencyKey: idempotencyKey.optional() })
  .meta({ id: 'AddCartItemInput', description: 'Whose cart, which product, and how many more.' })
const removeCartItemInput = z
  .strictObject({ memberId, productId })
  .meta({ id: 'RemoveCartItemInput', description: 'Whose cart, and which product.' })
export const checkoutInput = z
  .strictObject({ memberId, expectedTotal: expectedTotal.optional(), idempotencyKey: idempotencyKey.optional() })
  .meta({ id: 'CheckoutInput', description: 'Whose cart to order.' })

export const cartProcedures = {
  get: {
    input: cartInput,
    output: cart,
    access: 'member',
    method: 'GET',
    path: '/cart',
    summary: 'Read a cart',
    description: 'With prices and stock at the time of reading. A product that has run out has stock 0.',
    returns: 'The cart',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
  addItem: {
    input: addCartItemInput,
    output: cart,
    access: 'member',
    errors: ['PRODUCT_NOT_FOUND'],
    method: 'POST',
    path: '/cart',
    summary: 'Add to a cart',
    description: 'Adds to the quantity that is in the cart.',
    returns: 'The cart after the change',
    example: { memberId: EXAMPLE_MEMBER_ID, productId: 1, quantity: 2 },
  },
  setItem: {
    input: cartItemInput,
    output: cart,
    access: 'member',
    errors: ['PRODUCT_NOT_FOUND'],
    method: 'PUT',
    path: '/cart',
    repeatable: true,
    summary: 'Set a quantity in a cart',
    returns: 'The cart after the change',
    example: { memberId: EXAMPLE_MEMBER_ID, productId: 1, quantity: 5 },
  },
  removeItem: {
    input: removeCartItemInput,
    output: cart,
    access: 'member',
    method: 'DELETE',
    path: '/cart/{productId}',
    repeatable: true,
    summary: 'Take a product out of a cart',
    returns: 'The cart after the change',
    example: { memberId: EXAMPLE_MEMBER_ID, productId: 1 },
  },
  clear: {
    input: cartInput,
    output: cart,
    access: 'member',
    method: 'DELETE',
    path: '/cart',
    repeatable: true,
    summary: 'Empty a cart',
    returns: 'The empty cart',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
  checkout: {
    input: checkoutInput,
    output: order,
    access: 'member',
    errors: ['CART_EMPTY', 'PRODUCT_NOT_FOUND', 'OUT_OF_STOCK', 'PRICE_CHANGED', 'INSUFFICIENT_POINTS'],
    method: 'POST',
    path: '/cart/checkout',
    status: 201,
    summary: 'Order what is in a cart',
    description: 'Pays at once from the points, and takes the ordered products out of the cart.',
    returns: 'The order',
    example: { memberId: EXAMPLE_MEMBER_ID },
  },
} as const satisfies ProcedureGroup

export type CartView = z.output<typeof cart>
export type CartItemView = z.output<typeof cartItem>
export type CartItemInput = z.output<typeof cartItemInput>
export type AddCartItemInput = z.output<typeof addCartItemInput>
export type CheckoutInput = z.output<typeof checkoutInput>
