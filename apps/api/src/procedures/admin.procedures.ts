import { contract } from '@jumun/contract'
import {
  AUDIT_LIMIT_MS,
  findProductsByKeys,
  listMembers,
  listOutbox,
  reconcileOrders,
  replayEvents,
  searchOrders,
  searchProducts,
} from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'

/** An audit may have to wait for the end of the one before it. */
const AUDIT_ANSWER_MS = 2 * AUDIT_LIMIT_MS + 10_000

export const adminProcedures = {
  orders: procedure(contract.admin.orders).query(({ ctx, input }) => searchOrders(ctx.services.reads, input)),

  members: procedure(contract.admin.members).query(({ ctx, input }) => listMembers(ctx.services.reads, input)),

  products: procedure(contract.admin.products).query(({ ctx, input }) => searchProducts(ctx.services.reads, input)),

  productsByKeys: procedure(contract.admin.productsByKeys).mutation(async ({ ctx, input }) => ({
    items: await findProductsByKeys(ctx.services.reads, input.keys),
  })),

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
