import { contract } from '@jumun/contract'
import { addToCart, checkoutCart, clearCart, readCart, removeFromCart, setInCart } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const cartProcedures = {
  get: procedure(contract.cart.get).query(({ ctx, input }) => readCart(ctx.services.em, input.memberId)),

  addItem: procedure(contract.cart.addItem).mutation(({ ctx, input }) => addToCart(ctx.services.em, input)),

  setItem: procedure(contract.cart.setItem).mutation(({ ctx, input }) => setInCart(ctx.services.em, input)),

  removeItem: procedure(contract.cart.removeItem).mutation(({ ctx, input }) =>
    removeFromCart(ctx.services.em, input.memberId, input.productId),
  ),

  clear: procedure(contract.cart.clear).mutation(({ ctx, input }) => clearCart(ctx.services.em, input.memberId)),

  checkout: procedure(contract.cart.checkout).mutation(async ({ ctx, input }) =>
    withReplayHeader(ctx, await checkoutCart(ctx.services.em, ctx.services.outbox, input)),
  ),
} satisfies TRPCRouterRecord
