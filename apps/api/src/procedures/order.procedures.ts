import { contract } from '@jumun/contract'
import { cancelOrder, listOrders, orderNotFound, payOrder, readOrder } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { mayActFor } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const orderProcedures = {
  place: procedure(contract.order.place).mutation(async ({ ctx, input }) =>
    withReplayHeader(ctx, await ctx.services.orders.place(input)),
  ),

  cancel: procedure(contract.order.cancel).mutation(({ ctx, input }) => {
    const mayTouch = (memberId: string) => mayActFor(ctx.caller, memberId)
    return cancelOrder(ctx.services.em, ctx.services.outbox, { ...input, mayTouch })
  }),

  byId: procedure(contract.order.byId).query(async ({ ctx, input }) => {
    const order = await readOrder(ctx.services.em, input.orderId)
    if (!mayActFor(ctx.caller, order.memberId)) throw orderNotFound(input.orderId)
    return order
  }),

  list: procedure(contract.order.list).query(({ ctx, input }) => listOrders(ctx.services.em, input)),
} satisfies TRPCRouterRecord

export const paymentProcedures = {
  pay: procedure(contract.payment.pay).mutation(async ({ ctx, input }) => {
    const mayTouch = (memberId: string) => mayActFor(ctx.caller, memberId)
    return withReplayHeader(ctx, await payOrder(ctx.services.em, ctx.services.outbox, { ...input, mayTouch }))
  }),
} satisfies TRPCRouterRecord
