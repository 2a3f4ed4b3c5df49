import { contract } from '@jumun/contract'
import { payOrder } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { mayActFor } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const paymentProcedures = {
  pay: procedure(contract.payment.pay).mutation(async ({ ctx, input }) => {
    const mayTouch = (memberId: string) => mayActFor(ctx.caller, memberId)
    return withReplayHeader(ctx, await payOrder(ctx.services.em, ctx.services.outbox, { ...input, mayTouch }))
  }),
} satisfies TRPCRouterRecord
