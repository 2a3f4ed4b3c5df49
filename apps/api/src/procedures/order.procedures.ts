import { cancelOrderInput, listOrdersInput, order, orderByIdInput, orderPage, placeOrderInput } from '@jumun/contract'
import { cancelOrder, listOrders, orderNotFound, readOrder } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { mayActFor, memberProcedure, requireMember } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

const tags = ['Orders']

export const orderProcedures = {
  place: memberProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/order',
        summary: 'Place an order',
        description: 'Pays at once from the points, or holds the stock for 15 minutes with `"payment": "later"`.',
        tags,
        protect: true,
        successDescription: 'The order',
      },
      errors: ['FORBIDDEN', 'PRODUCT_NOT_FOUND', 'OUT_OF_STOCK', 'INSUFFICIENT_POINTS', 'IDEMPOTENCY_KEY_REUSED'],
      status: 201,
      idempotent: true,
    })
    .input(placeOrderInput)
    .output(order)
    .mutation(async ({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return withReplayHeader(ctx, await ctx.services.orders.place(input))
    }),

  cancel: memberProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/order/{orderId}/cancel',
        summary: 'Cancel an order',
        description: "A paid order's points and stock go back; one that waits for its payment just ends.",
        tags,
        protect: true,
        successDescription: 'The cancelled order',
      },
      errors: ['ORDER_NOT_FOUND', 'ORDER_NOT_CANCELLABLE', 'POINT_LIMIT_EXCEEDED'],
    })
    .input(cancelOrderInput)
    .output(order)
    .mutation(async ({ ctx, input }) => {
      const mayTouch = (memberId: string) => mayActFor(ctx.caller, memberId)
      const order = await cancelOrder(ctx.services.em, ctx.services.outbox, { ...input, mayTouch })
      ctx.services.eventsAdded()
      return order
    }),

  byId: memberProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/order/{orderId}',
        summary: 'Read an order',
        tags,
        protect: true,
        successDescription: 'The order',
      },
      errors: ['ORDER_NOT_FOUND'],
    })
    .input(orderByIdInput)
    .output(order)
    .query(async ({ ctx, input }) => {
      const order = await readOrder(ctx.services.em, input.orderId)
      if (!mayActFor(ctx.caller, order.memberId)) throw orderNotFound(input.orderId)
      return order
    }),

  list: memberProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/order',
        summary: "List a member's orders",
        tags,
        protect: true,
        successDescription: 'Orders, newest first',
      },
      errors: ['FORBIDDEN'],
    })
    .input(listOrdersInput)
    .output(orderPage)
    .query(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return listOrders(ctx.services.em, input)
    }),
} satisfies TRPCRouterRecord
