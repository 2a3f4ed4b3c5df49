import type { Cart, CartItem } from '@jumun/client'
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { jumun } from '../shared/jumun.ts'
import { learnStock } from '../shared/stock.ts'

/** So long no further click on plus or minus: then the last quantity is sent. */
const QUIET_MS = 300

/** A cart reserves nothing, so it is shown as the member wants it, before the shop has answered. */
export function useCart(memberId: string | null | undefined) {
  const queries = useQueryClient()
  const cart = useQuery({
    queryKey: keyOf(memberId),
    queryFn: async () => {
      const read = await jumun.cart.get.query({ memberId: memberId as string })
      learnStock(read.items.map(({ productId, stock }) => ({ id: productId, stock })))
      return read
    },
    enabled: Boolean(memberId),
    staleTime: 10_000,
  })
  const changes = useMemo(() => cartChanges(queries, memberId ?? ''), [queries, memberId])
  return { cart, ...changes }
}

/** How many units are in the cart. */
export function unitsIn(cart: Cart | undefined): number {
  return cart?.items.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0
}

const keyOf = (memberId: string | null | undefined) => ['cart', memberId]

/** Quantities that wait to be sent, by product; of all pages, because a member may leave the cart at once. */
const waiting = new Map<number, ReturnType<typeof setTimeout>>()
/** Changes are sent one after the other, so that the last answer is the cart as it is. */
let sending: Promise<unknown> = Promise.resolve()
let unsent = 0

function cartChanges(queries: QueryClient, memberId: string) {
  const queryKey = keyOf(memberId)

  /** Sends a change; its answer is shown unless another change follows. Rejects as the call does, with the cart read again. */
  function send(change: () => Promise<Cart>): Promise<void> {
    unsent++
    const sent = sending.then(change).then(
      (answer) => {
        if (--unsent === 0 && waiting.size === 0) queries.setQueryData(queryKey, answer)
      },
      (error: unknown) => {
        unsent--
        void queries.invalidateQueries({ queryKey })
        throw error
      },
    )
    sending = sent.catch(() => {})
    return sent
  }

  async function show(change: (items: CartItem[]) => CartItem[]): Promise<void> {
    // A cart that is being read would overwrite what is shown.
    await queries.cancelQueries({ queryKey })
    queries.setQueryData<Cart>(queryKey, (cart) => cart && withItems(cart, change(cart.items)))
  }

  return {
    /** Adds to what is there. */
    async add(product: { id: number; name: string; price: number; stock: number }, quantity: number): Promise<void> {
      const { id: productId, name, price, stock } = product
      await show((items) => {
        const there = items.find((item) => item.productId === productId)
        if (!there) return [...items, { productId, name, price, stock, quantity, amount: 0 }]
        return items.map((item) => (item === there ? { ...item, quantity: item.quantity + quantity } : item))
      })
      await send(() => jumun.cart.addItem.mutate({ memberId, productId, quantity }))
    },

    /** Sets a quantity. Several changes in a row are sent as one. */
    async set(productId: number, quantity: number): Promise<void> {
      clearTimeout(waiting.get(productId))
      const isQuiet = new Promise<void>((resolve) => waiting.set(productId, setTimeout(resolve, QUIET_MS)))
      await show((items) => items.map((item) => (item.productId === productId ? { ...item, quantity } : item)))
      await isQuiet
      waiting.delete(productId)
      await send(() => jumun.cart.setItem.mutate({ memberId, productId, quantity }))
    },

    async remove(productId: number): Promise<void> {
      clearTimeout(waiting.get(productId))
      waiting.delete(productId)
      await show((items) => items.filter((item) => item.productId !== productId))
      await send(() => jumun.cart.removeItem.mutate({ memberId, productId }))
    },
  }
}

function withItems(cart: Cart, items: CartItem[]): Cart {
  const counted = items.map((item) => ({ ...item, amount: item.price * item.quantity }))
  return { ...cart, items: counted, total: counted.reduce((sum, { amount }) => sum + amount, 0) }
}
