import { contract } from '@jumun/contract'
import { cancelOrder, listOrders, orderNotFound, payOrder, readOrder } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { mayActFor } from '../auth/access.ts'
import type { Caller } from '../auth/tokens.ts'
import { procedure } from './contract-procedure.ts'
import { readStale } from './read-stale.ts'
import { withReplayHeader } from './replay-header.ts'

export const orderProcedures = {
  place: procedure(contract.order.place).mutation(async ({ ctx, input }) =>
    withReplayHeader(ctx, await ctx.services.orders.place({ ...input, actor: ctx.caller.memberId })),
  ),

  cancel: procedure(contract.order.cancel).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    const mayAccess = (memberId: string) => mayActFor(ctx.caller, memberId)
    const cancel = () => cancelOrder(em, { ...input, mayAccess, actor: ctx.caller.memberId })
    return withReplayHeader(ctx, await orders.run(turnOf(ctx.caller, input), cancel))
  }),

  byId: procedure(contract.order.byId).query(async ({ ctx, input }) => {
    const order = await readOrder(ctx.services.em, input.orderId)
    if (!mayActFor(ctx.caller, order.memberId)) throw orderNotFound(input.orderId)
    return order
  }),

  list: procedure(contract.order.list).query(({ ctx, input }) =>
    readStale(ctx, input.maxAgeSeconds, (em) => listOrders(em, input)),
  ),
} satisfies TRPCRouterRecord

export const paymentProcedures = {
  pay: procedure(contract.payment.pay).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    const mayAccess = (memberId: string) => mayActFor(ctx.caller, memberId)
    const pay = () => payOrder(em, { ...input, mayAccess, actor: ctx.caller.memberId })
    return withReplayHeader(ctx, await orders.run(turnOf(ctx.caller, input), pay))
  }),
} satisfies TRPCRouterRecord

/** Whose turn a call about an order takes: a member's own, and for an admin one for each order, since they belong to different members. */
function turnOf({ role, memberId }: Caller, { orderId }: { orderId: string }): string {
  return role === 'admin' ? `order ${orderId}` : memberId
}
