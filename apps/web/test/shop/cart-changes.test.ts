import type { Cart } from '@jumun/client'
import { until } from '@jumun/test-kit/until'
import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { CartChanges } from '../../src/shop/cart-changes.ts'

const KEY = ['cart', 'mina']
const TEA = { id: 1, name: 'Tea', price: 100, stock: 9 }

/** A cart whose shop answers each call when it is told to. */
function aCart() {
  const queries = new QueryClient()
  const quantities = new Map<number, number>()
  const calls: { name: string; answer: () => Promise<void> }[] = []
  const cart = (): Cart => ({
    memberId: 'mina',
    items: [...quantities].map(([productId, quantity]) => ({ ...TEA, productId, quantity, amount: 100 * quantity })),
    total: 0,
  })
  const call = (name: string, change: () => void) => {
    const { promise, resolve } = Promise.withResolvers<Cart>()
    change()
    const answered = cart()
    const answer = async () => {
      resolve(answered)
      await promise
      await new Promise((resolve) => setTimeout(resolve))
    }
    calls.push({ name, answer })
    return promise
  }
  const changes = new CartChanges(queries, KEY, {
    addItem: (id, more) => call(`add ${more}`, () => quantities.set(id, (quantities.get(id) ?? 0) + more)),
    setItem: (id, quantity) => call(`set ${quantity}`, () => quantities.set(id, quantity)),
    removeItem: (id) => call('remove', () => quantities.delete(id)),
  })
  const read = () =>
    queries.fetchQuery({ queryKey: KEY, queryFn: () => changes.read(() => call('read', () => {})) }).catch(() => {})
  const shown = () => queries.getQueryData<Cart>(KEY)?.items.map(({ quantity }) => quantity)
  const next = async (name: string) => {
    await until(() => expect(calls[0]?.name).toBe(name))
    await calls.shift()?.answer()
  }
  return { changes, read, shown, next, calls, quantities }
}

async function aCartOf(quantity: number) {
  const cart = aCart()
  cart.quantities.set(TEA.id, quantity)
  void cart.read()
  await cart.next('read')
  expect(cart.shown()).toEqual([quantity])
  return cart
}

test('a quantity that was not sent yet does not put a product back that is taken out', async () => {
  const { changes, next, shown, quantities } = await aCartOf(2)
  const set = changes.set(TEA.id, 1)
  const removed = changes.remove(TEA.id)
  await next('remove')
  await Promise.all([set, removed])
  expect(shown()).toEqual([])
  expect([...quantities]).toEqual([])
})

test('a late reply of a read does not overwrite a change', async () => {
  const { changes, read, next, shown, calls } = await aCartOf(2)
  void read()
  await until(() => expect(calls).toHaveLength(1))
  const [late] = calls.splice(0)
  const added = changes.add(TEA, 3)
  await next('add 3')
  await added
  await late?.answer()
  expect(shown()).toEqual([5])
})

test('the cart is not read between two changes', async () => {
  const { changes, read, next, shown, calls } = await aCartOf(2)
  const set = changes.set(TEA.id, 4)
  void read()
  const added = changes.add(TEA, 1)
  await until(() => expect(shown()).toEqual([5]))
  await next('set 4')
  expect(shown()).toEqual([5])
  await next('add 1')
  await Promise.all([set, added])
  await next('read')
  expect(calls).toEqual([])
  expect(shown()).toEqual([5])
})

test('several quantities in a row are sent as one', async () => {
  const { changes, next, calls } = await aCartOf(2)
  const sets = [3, 4, 5].map((quantity) => changes.set(TEA.id, quantity))
  await next('set 5')
  await Promise.all(sets)
  expect(calls).toEqual([])
})
