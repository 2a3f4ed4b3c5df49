import { contract } from '@jumun/contract'
import { AUDIT_LIMIT_MS, listOutbox, reconcileOrders, replayEvents } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'

/** An audit may have to wait for the end of the one before it. */
const AUDIT_ANSWER_MS = 2 * AUDIT_LIMIT_MS + 10_000

export const adminProcedures = {
  audit: procedure(contract.admin.audit).query(({ ctx }) => {
    ctx.extendTimeout(AUDIT_ANSWER_MS)
    return ctx.services.audit()
  }),

  reconcile: procedure(contract.admin.reconcile).mutation(({ ctx, input }) => {
    const { em, dataPlatform } = ctx.services
    return reconcileOrders(em, dataPlatform, input)
  }),
} satisfies TRPCRouterRecord

export const outboxProcedures = {
  list: procedure(contract.outbox.list).query(({ ctx, input }) => listOutbox(ctx.services.em, input)),

  replay: procedure(contract.outbox.replay).mutation(async ({ ctx, input }) => ({
    replayed: await replayEvents(ctx.services.em, input.ids, ctx.caller.memberId),
  })),
} satisfies TRPCRouterRecord
