import { contract } from '@jumun/contract'
import {
  AUDIT_LIMIT_MS,
  findProductsByKeys,
  listMembers,
  listOutbox,
  readEvent,
  readReasons,
  readTimeline,
  reconcileOrders,
  replayEvents,
  searchOrders,
  searchProducts,
} from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { readStale, withAge } from './read-stale.ts'

/** How long an audit may take to answer: it may have to wait for the end of the one before it. */
export const AUDIT_ANSWER_MS = 2 * AUDIT_LIMIT_MS + 10_000

const RECONCILE_MAX_AGE_SECONDS = 60

export const adminProcedures = {
  orders: procedure(contract.admin.orders).query(({ ctx, input }) =>
    readStale(ctx, input.maxAgeSeconds, (em) => searchOrders(em, input)),
  ),

  members: procedure(contract.admin.members).query(({ ctx, input }) => listMembers(ctx.services.reads, input)),

  products: procedure(contract.admin.products).query(({ ctx, input }) =>
    readStale(ctx, input.maxAgeSeconds, (em) => searchProducts(em, input)),
  ),

  productsByKeys: procedure(contract.admin.productsByKeys).mutation(async ({ ctx, input }) => ({
    items: await findProductsByKeys(ctx.services.reads, input.keys),
  })),

  audit: procedure(contract.admin.audit).query(async ({ ctx }) => {
    ctx.extendTimeout(AUDIT_ANSWER_MS)
    return withAge(ctx, await ctx.services.audit())
  }),

  reconcile: procedure(contract.admin.reconcile).mutation(({ ctx, input }) => {
    const { em, dataPlatform } = ctx.services
    // An order that changed in the last seconds of grace is not missing yet, so the reads may be as old.
    const maxAge = input.graceSeconds > 0 ? Math.min(input.graceSeconds, RECONCILE_MAX_AGE_SECONDS) : undefined
    return reconcileOrders(em, dataPlatform, input, (read) => readStale(ctx, maxAge, read))
  }),

  pulse: procedure(contract.admin.pulse).query(({ ctx, input }) => ctx.pulse.read(input.after)),

  system: procedure(contract.admin.system).query(({ ctx }) => ctx.services.readSystem()),

  orderTimeline: procedure(contract.admin.orderTimeline).query(({ ctx, input }) => {
    const { reads, dataPlatform } = ctx.services
    return readTimeline(reads, dataPlatform, input.orderId)
  }),
} satisfies TRPCRouterRecord

export const outboxProcedures = {
  list: procedure(contract.outbox.list).query(({ ctx, input }) => listOutbox(ctx.services.em, input)),

  replay: procedure(contract.outbox.replay).mutation(({ ctx, input }) =>
    replayEvents(ctx.services.em, input, ctx.caller.memberId),
  ),

  reasons: procedure(contract.outbox.reasons).query(({ ctx }) => readReasons(ctx.services.reads)),

  event: procedure(contract.outbox.event).query(({ ctx, input }) => readEvent(ctx.services.reads, input.eventId)),
} satisfies TRPCRouterRecord
