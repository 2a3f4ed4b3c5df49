import { order, payOrderInput } from '@jumun/contract'
import { payOrder } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { mayActFor, memberProcedure } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const paymentProcedures = {
  pay: memberProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/pay',
        summary: 'Pay an order',
        description: 'Pays an order that was placed with `"payment": "later"`, while its stock is still held.',
        tags: ['Orders'],
        protect: true,
        successDescription: 'The paid order',
      },
      errors: ['ORDER_NOT_FOUND', 'ORDER_NOT_PAYABLE', 'INSUFFICIENT_POINTS', 'IDEMPOTENCY_KEY_REUSED'],
      idempotent: true,
    })
    .input(payOrderInput)
    .output(order)
    .mutation(async ({ ctx, input }) => {
      const mayTouch = (memberId: string) => mayActFor(ctx.caller, memberId)
      const outcome = await payOrder(ctx.services.em, ctx.services.outbox, { ...input, mayTouch })
      ctx.services.eventsAdded()
      return withReplayHeader(ctx, outcome)
    }),
} satisfies TRPCRouterRecord
