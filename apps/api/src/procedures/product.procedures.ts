import { contract } from '@jumun/contract'
import { createProducts, listProducts, readAdjustments, readProduct, removeProduct, updateProduct } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { readStale } from './read-stale.ts'
import { withReplayHeader } from './replay-header.ts'

export const productProcedures = {
  list: procedure(contract.product.list).query(({ ctx, input }) =>
    readStale(ctx, input.maxAgeSeconds, (em) => listProducts(em, input)),
  ),

  byId: procedure(contract.product.byId).query(({ ctx, input }) => readProduct(ctx.services.reads, input.productId)),

  create: procedure(contract.product.create).mutation(({ ctx, input }) =>
    createProducts(ctx.services.em, input.items, ctx.caller.memberId),
  ),

  update: procedure(contract.product.update).mutation(async ({ ctx, input }) =>
    withReplayHeader(ctx, await updateProduct(ctx.services.em, { ...input, actor: ctx.caller.memberId })),
  ),

  adjustments: procedure(contract.product.adjustments).query(({ ctx, input }) =>
    readAdjustments(ctx.services.reads, input),
  ),

  remove: procedure(contract.product.remove).mutation(async ({ ctx, input }) => {
    await removeProduct(ctx.services.em, input.productId, ctx.caller.memberId)
    return { id: input.productId }
  }),
} satisfies TRPCRouterRecord
