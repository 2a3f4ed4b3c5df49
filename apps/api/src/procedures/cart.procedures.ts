import { contract } from '@jumun/contract'
import { addToCart, checkoutCart, clearCart, readCart, removeFromCart, setInCart } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { withReplayHeader } from './replay-header.ts'

export const cartProcedures = {
  get: procedure(contract.cart.get).query(({ ctx, input }) => readCart(ctx.services.em, input.memberId)),

  addItem: procedure(contract.cart.addItem).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    return withReplayHeader(ctx, await orders.run(input.memberId, () => addToCart(em, input)))
  }),

  setItem: procedure(contract.cart.setItem).mutation(({ ctx: { services }, input }) =>
    services.orders.run(input.memberId, () => setInCart(services.em, input)),
  ),

  removeItem: procedure(contract.cart.removeItem).mutation(({ ctx: { services }, input: { memberId, productId } }) =>
    services.orders.run(memberId, () => removeFromCart(services.em, memberId, productId)),
  ),

  clear: procedure(contract.cart.clear).mutation(({ ctx: { services }, input: { memberId } }) =>
    services.orders.run(memberId, () => clearCart(services.em, memberId)),
  ),

  checkout: procedure(contract.cart.checkout).mutation(async ({ ctx, input }) => {
    const { em, orders } = ctx.services
    const checkout = () => checkoutCart(em, { ...input, actor: ctx.caller.memberId })
    return withReplayHeader(ctx, await orders.run(input.memberId, checkout))
  }),
} satisfies TRPCRouterRecord
