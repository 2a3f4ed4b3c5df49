import { contract } from '@jumun/contract'
import { chargePoints, readBalance, readPointHistory, usePoints } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const pointProcedures = {
  charge: procedure(contract.point.charge).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    return withReplayHeader(
      ctx,
      await orders.run(input.memberId, () => chargePoints(em, { ...input, actor: ctx.caller.memberId })),
    )
  }),

  use: procedure(contract.point.use).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    return withReplayHeader(
      ctx,
      await orders.run(input.memberId, () => usePoints(em, { ...input, actor: ctx.caller.memberId })),
    )
  }),

  balance: procedure(contract.point.balance).query(({ ctx, input }) => readBalance(ctx.services.em, input.memberId)),

  history: procedure(contract.point.history).query(({ ctx: { caller, services }, input }) =>
    readPointHistory(services.reads, input, caller.role === 'admin'),
  ),
} satisfies TRPCRouterRecord
