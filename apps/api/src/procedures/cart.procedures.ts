import { cart, cartInput, cartItemInput, checkoutInput, order, removeCartItemInput } from '@jumun/contract'
import { addToCart, checkoutCart, clearCart, readCart, removeFromCart, setInCart } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { memberProcedure, requireMember } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

const tags = ['Cart']
const protect = true

export const cartProcedures = {
  get: memberProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/cart',
        summary: 'Read a cart',
        description: 'With prices and stock as they are now. What has run out is shown with stock 0.',
        tags,
        protect,
        successDescription: 'The cart',
      },
      errors: ['FORBIDDEN'],
    })
    .input(cartInput)
    .output(cart)
    .query(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return readCart(ctx.services.em, input.memberId)
    }),

  addItem: memberProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/cart',
        summary: 'Add to a cart',
        description: 'Adds to what is there.',
        tags,
        protect,
        successDescription: 'The cart after the change',
      },
      errors: ['FORBIDDEN', 'PRODUCT_NOT_FOUND'],
    })
    .input(cartItemInput)
    .output(cart)
    .mutation(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return addToCart(ctx.services.em, input)
    }),

  setItem: memberProcedure
    .meta({
      openapi: {
        method: 'PUT',
        path: '/cart',
        summary: 'Set a quantity in a cart',
        tags,
        protect,
        successDescription: 'The cart after the change',
      },
      errors: ['FORBIDDEN', 'PRODUCT_NOT_FOUND'],
    })
    .input(cartItemInput)
    .output(cart)
    .mutation(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return setInCart(ctx.services.em, input)
    }),

  removeItem: memberProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/cart/{productId}',
        summary: 'Take a product out of a cart',
        tags,
        protect,
        successDescription: 'The cart after the change',
      },
      errors: ['FORBIDDEN'],
    })
    .input(removeCartItemInput)
    .output(cart)
    .mutation(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return removeFromCart(ctx.services.em, input.memberId, input.productId)
    }),

  clear: memberProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/cart',
        summary: 'Empty a cart',
        tags,
        protect,
        successDescription: 'The empty cart',
      },
      errors: ['FORBIDDEN'],
    })
    .input(cartInput)
    .output(cart)
    .mutation(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return clearCart(ctx.services.em, input.memberId)
    }),

  checkout: memberProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/cart/checkout',
        summary: 'Order what is in a cart',
        description: 'Pays at once from the points, and takes what was ordered out of the cart.',
        tags,
        protect,
        successDescription: 'The order',
      },
      errors: [
        'FORBIDDEN',
        'CART_EMPTY',
        'PRODUCT_NOT_FOUND',
        'OUT_OF_STOCK',
        'INSUFFICIENT_POINTS',
        'IDEMPOTENCY_KEY_REUSED',
      ],
      status: 201,
      idempotent: true,
    })
    .input(checkoutInput)
    .output(order)
    .mutation(async ({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      const outcome = await checkoutCart(ctx.services.em, ctx.services.outbox, input)
      ctx.services.eventsAdded()
      return withReplayHeader(ctx, outcome)
    }),
} satisfies TRPCRouterRecord
