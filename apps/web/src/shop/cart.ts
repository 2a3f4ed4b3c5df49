import type { Cart } from '@jumun/client'
import { useQuery } from '@tanstack/react-query'
import { jumun } from '../shared/jumun.ts'
import { stockReader } from '../shared/stock.ts'
import { CartChanges } from './cart-changes.ts'
import { queryClient } from './query-client.ts'

/** The changes of carts, shared by all pages, because a member may leave the cart's page before its changes are sent. */
const changesOf = new Map<string, CartChanges>()

/** The cart of a member, and what changes it. */
export function useCart(memberId: string | null | undefined) {
  const changes = cartChanges(memberId ?? '')
  const cart = useQuery({
    queryKey: keyOf(memberId ?? ''),
    queryFn: () =>
      changes.read(async () => {
        const learnStock = stockReader()
        const read = await jumun.cart.get.query({ memberId: memberId as string })
        learnStock(read.items.map(({ productId, stock }) => ({ id: productId, stock })))
        return read
      }),
    enabled: Boolean(memberId),
    staleTime: 10_000,
  })
  return { cart, changes }
}

/** Takes products out of the cart that have been ordered. */
export async function takeOutOfCart(memberId: string, productIds: number[]): Promise<void> {
  await Promise.all(productIds.map((productId) => cartChanges(memberId).remove(productId)))
}

/** How many units are in the cart. */
export function unitsIn(cart: Cart | undefined): number {
  return cart?.items.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0
}

const keyOf = (memberId: string) => ['cart', memberId]

function cartChanges(memberId: string): CartChanges {
  const known = changesOf.get(memberId)
  if (known) return known
  const changes = new CartChanges(queryClient, keyOf(memberId), {
    addItem: (productId, quantity) => jumun.cart.addItem.mutate({ memberId, productId, quantity }),
    setItem: (productId, quantity) => jumun.cart.setItem.mutate({ memberId, productId, quantity }),
    removeItem: (productId) => jumun.cart.removeItem.mutate({ memberId, productId }),
  })
  changesOf.set(memberId, changes)
  return changes
}
