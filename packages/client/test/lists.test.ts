import { getUntypedClient } from '@trpc/client'
import { expect, test } from 'vitest'
import { asTRPCClient } from '../src/trpc.ts'
import { data, networkError, problem, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const page = (items: number[], nextCursor: string | null) => data({ items, nextCursor })
const readAll = async (list: AsyncIterable<unknown>) => {
  const items: unknown[] = []
  for await (const item of list) items.push(item)
  return items
}
const inputs = () => api.requests.map(({ calls }) => calls[0])

test('a list reads all of its pages', async () => {
  api.respond(page([5, 4], 'a'), page([3, 2], 'b'), page([1], null))
  expect(await readAll(api.client().orders({ memberId: 'mina' }))).toEqual([5, 4, 3, 2, 1])
  expect(inputs()).toEqual([
    { path: 'order.list', input: { memberId: 'mina', limit: 100 } },
    { path: 'order.list', input: { memberId: 'mina', limit: 100, cursor: 'a' } },
    { path: 'order.list', input: { memberId: 'mina', limit: 100, cursor: 'b' } },
  ])
})

test('each list calls its own procedure', async () => {
  api.respond(...[1, 2, 3, 4, 5, 6].map((item) => page([item], null)))
  const jumun = api.client()
  expect(await readAll(jumun.products())).toEqual([1])
  expect(await readAll(jumun.products({ search: 'tea' }, { pageSize: 7 }))).toEqual([2])
  expect(await readAll(jumun.pointHistory({ memberId: 'mina' }, { pageSize: 1 }))).toEqual([3])
  expect(await readAll(jumun.searchOrders({ status: ['PAID'] }))).toEqual([4])
  expect(await readAll(jumun.members({ prefix: 'mi' }))).toEqual([5])
  expect(await readAll(jumun.searchProducts({ removed: 'only' }))).toEqual([6])
  expect(inputs()).toEqual([
    { path: 'product.list', input: { limit: 100 } },
    { path: 'product.list', input: { search: 'tea', limit: 7 } },
    { path: 'point.history', input: { memberId: 'mina', limit: 1 } },
    { path: 'admin.orders', input: { status: ['PAID'], limit: 100 } },
    { path: 'admin.members', input: { prefix: 'mi', limit: 100 } },
    { path: 'admin.products', input: { removed: 'only', limit: 100 } },
  ])
})

test('an empty page does not end a list, and a list may be empty', async () => {
  api.respond(page([], 'a'), page([1], null), page([], null))
  const jumun = api.client()
  expect(await readAll(jumun.products())).toEqual([1])
  expect(await readAll(jumun.products())).toEqual([])
})

test('a page is read when the loop needs it, and no page is read after a break', async () => {
  api.respond(page([1, 2], 'a'), page([3, 4], 'b'))
  const list = api.client().products()
  expect(api.requests).toHaveLength(0)
  for await (const product of list) {
    const id: unknown = product
    expect(api.requests).toHaveLength(Number(id) <= 2 ? 1 : 2)
    if (id === 3) break
  }
  expect(api.requests).toHaveLength(2)
})

test('a page whose reply is lost is read again, without duplicate items', async () => {
  api.respond(page([1], 'a'), networkError, page([2], null))
  expect(await readAll(api.client().products())).toEqual([1, 2])
})

test('a problem ends the loop after the items of earlier pages', async () => {
  api.respond(page([1], 'a'), problem('FORBIDDEN', {}))
  const seen: unknown[] = []
  const loop = async () => {
    for await (const order of api.client().orders({ memberId: 'mina' })) seen.push(order)
  }
  await expect(loop()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(seen).toEqual([1])
})

test('a list can be cancelled between pages', async () => {
  api.respond(page([1], 'a'))
  const stop = new AbortController()
  const loop = async () => {
    for await (const _ of api.client().products({}, { signal: stop.signal })) stop.abort()
  }
  await expect(loop()).rejects.toMatchObject({ code: 'ABORTED' })
})

test('apart from its lists the client is a tRPC client', () => {
  const jumun = api.client()
  expect(getUntypedClient(asTRPCClient(jumun))).toMatchObject({ links: expect.any(Array) })
  expect(jumun).not.toHaveProperty('then')
})
