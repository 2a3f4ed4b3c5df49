import { auditInput, auditOutput, reconcileInput, reconcileOutput } from '@jumun/contract'
import { AUDIT_LIMIT_MS, reconcileOrders } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { adminProcedure } from './procedure.ts'

/** An audit may have to wait for the end of one that is under way. */
const AUDIT_ANSWER_MS = 2 * AUDIT_LIMIT_MS + 10_000

export const adminProcedures = {
  audit: adminProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/admin/audit',
        summary: 'Check every invariant',
        description:
          'In one snapshot of the database, while the shop is open. May take a minute for millions of orders. Each process ' +
          'makes one audit at a time: callers who come meanwhile share the next.',
        tags: ['Operations'],
        protect: true,
        successDescription: 'Each invariant with how many were checked and how many break it',
      },
      errors: ['FORBIDDEN'],
    })
    .input(auditInput)
    .output(auditOutput)
    .query(({ ctx }) => {
      ctx.extendTimeout(AUDIT_ANSWER_MS)
      return ctx.services.audit()
    }),

  reconcile: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/admin/reconcile',
        summary: 'Compare paid orders with the data platform, and send it what it lacks',
        description:
          'One stretch of the orders, by id; go on with `nextCursor`. Reports what the platform has and we have not. Safe to repeat.',
        tags: ['Operations'],
        protect: true,
        successDescription: 'What was found in this stretch, and what was done about it',
      },
      errors: ['FORBIDDEN'],
    })
    .input(reconcileInput)
    .output(reconcileOutput)
    .mutation(async ({ ctx, input }) => {
      const { em, outbox, dataPlatform, eventsAdded } = ctx.services
      const found = await reconcileOrders(em, outbox, dataPlatform, input)
      eventsAdded()
      return found
    }),
} satisfies TRPCRouterRecord
