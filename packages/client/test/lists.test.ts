import { getUntypedClient } from '@trpc/client'
import { expect, test } from 'vitest'
import { asTRPCClient } from '../src/trpc.ts'
import { data, networkError, refusal, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const page = (items: number[], nextCursor: string | null) => data({ items, nextCursor })
const all = async (list: AsyncIterable<unknown>) => {
  const items: unknown[] = []
  for await (const item of list) items.push(item)
  return items
}
const inputs = () => api.requests.map(({ calls }) => calls[0])

test('a list goes on through all of its pages', async () => {
  api.answer(page([5, 4], 'a'), page([3, 2], 'b'), page([1], null))
  expect(await all(api.client().orders({ memberId: 'mina' }))).toEqual([5, 4, 3, 2, 1])
  expect(inputs()).toEqual([
    { path: 'order.list', input: { memberId: 'mina', limit: 100 } },
    { path: 'order.list', input: { memberId: 'mina', limit: 100, cursor: 'a' } },
    { path: 'order.list', input: { memberId: 'mina', limit: 100, cursor: 'b' } },
  ])
})

test('each list asks its own procedure', async () => {
  api.answer(page([1], null), page([2], null), page([3], null))
  const jumun = api.client()
  expect(await all(jumun.products())).toEqual([1])
  expect(await all(jumun.products({ search: 'tea' }, { pageSize: 7 }))).toEqual([2])
  expect(await all(jumun.pointHistory({ memberId: 'mina' }, { pageSize: 1 }))).toEqual([3])
  expect(inputs()).toEqual([
    { path: 'product.list', input: { limit: 100 } },
    { path: 'product.list', input: { search: 'tea', limit: 7 } },
    { path: 'point.history', input: { memberId: 'mina', limit: 1 } },
  ])
})

test('an empty page is not the end, and an empty list is no page', async () => {
  api.answer(page([], 'a'), page([1], null), page([], null))
  const jumun = api.client()
  expect(await all(jumun.products())).toEqual([1])
  expect(await all(jumun.products())).toEqual([])
})

test('no page is read before the loop comes to it, nor after the loop is left', async () => {
  api.answer(page([1, 2], 'a'), page([3, 4], 'b'))
  const list = api.client().products()
  expect(api.requests).toHaveLength(0)
  for await (const product of list) {
    const id: unknown = product
    expect(api.requests).toHaveLength(Number(id) <= 2 ? 1 : 2)
    if (id === 3) break
  }
  expect(api.requests).toHaveLength(2)
})

test('a page whose reply is lost is asked for again, and no item comes twice', async () => {
  api.answer(page([1], 'a'), networkError, page([2], null))
  expect(await all(api.client().products())).toEqual([1, 2])
})

test('a page that is refused fails the loop after what came before', async () => {
  api.answer(page([1], 'a'), refusal('FORBIDDEN', {}))
  const seen: unknown[] = []
  const loop = async () => {
    for await (const order of api.client().orders({ memberId: 'mina' })) seen.push(order)
  }
  await expect(loop()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  expect(seen).toEqual([1])
})

test('a list can be cancelled between its pages', async () => {
  api.answer(page([1], 'a'))
  const stop = new AbortController()
  const loop = async () => {
    for await (const _ of api.client().products({}, { signal: stop.signal })) stop.abort()
  }
  await expect(loop()).rejects.toMatchObject({ code: 'ABORTED' })
})

test("the client is tRPC's own beside its lists", () => {
  const jumun = api.client()
  expect(getUntypedClient(asTRPCClient(jumun))).toMatchObject({ links: expect.any(Array) })
  expect(jumun).not.toHaveProperty('then')
})
