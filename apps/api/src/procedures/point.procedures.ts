import { balanceInput, movePointsInput, pointBalance, pointHistoryInput, pointHistoryPage } from '@jumun/contract'
import { chargePoints, readBalance, readPointHistory, usePoints } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { forbidden, memberProcedure, requireMember } from './procedure.ts'
import { withReplayHeader } from './replay-header.ts'

const tags = ['Points']

export const pointProcedures = {
  charge: memberProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/point/charge',
        summary: 'Charge points',
        description: 'For admins, and for members themselves where the shop allows it.',
        tags,
        protect: true,
        successDescription: 'The new balance',
      },
      errors: ['FORBIDDEN', 'POINT_LIMIT_EXCEEDED', 'IDEMPOTENCY_KEY_REUSED'],
      idempotent: true,
    })
    .input(movePointsInput)
    .output(pointBalance)
    .mutation(async ({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      if (ctx.caller.role !== 'admin' && !ctx.services.allowSelfCharge) throw forbidden()
      return withReplayHeader(ctx, await chargePoints(ctx.services.em, input))
    }),

  use: memberProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/point/use',
        summary: 'Use points',
        tags,
        protect: true,
        successDescription: 'The new balance',
      },
      errors: ['FORBIDDEN', 'INSUFFICIENT_POINTS', 'IDEMPOTENCY_KEY_REUSED'],
      idempotent: true,
    })
    .input(movePointsInput)
    .output(pointBalance)
    .mutation(async ({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return withReplayHeader(ctx, await usePoints(ctx.services.em, input))
    }),

  balance: memberProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/point/{memberId}',
        summary: 'Read a balance',
        tags,
        protect: true,
        successDescription: 'The balance; 0 for a member who was never charged',
      },
      errors: ['FORBIDDEN'],
    })
    .input(balanceInput)
    .output(pointBalance)
    .query(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return readBalance(ctx.services.em, input.memberId)
    }),

  history: memberProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/point/{memberId}/history',
        summary: 'List every change of a balance',
        tags,
        protect: true,
        successDescription: 'Entries, newest first',
      },
      errors: ['FORBIDDEN'],
    })
    .input(pointHistoryInput)
    .output(pointHistoryPage)
    .query(({ ctx, input }) => {
      requireMember(ctx.caller, input.memberId)
      return readPointHistory(ctx.services.em, input)
    }),
} satisfies TRPCRouterRecord
