import { expect, test } from 'vitest'
import { data, useFakeApi } from '../test-support/fake-api.ts'

const BODY_LIMIT_BYTES = 256 * 1024
const api = useFakeApi()

/** As many products as given, with a name that takes several bytes per character. */
function products(count: number) {
  return Array.from({ length: count }, () => ({ name: '제주 한라봉 차 (Hallabong tea)', price: 12_900, stock: 100 }))
}

test('the queries of one tick share a request, and so do the mutations', async () => {
  api.respond(data('read'), data('changed'))
  const jumun = api.client()
  const calls = [
    jumun.product.byId.query({ productId: 1 }),
    jumun.point.balance.query({ memberId: 'mina' }),
    jumun.point.use.mutate({ memberId: 'mina', amount: 1 }),
  ]
  expect(await Promise.all(calls)).toEqual(['read', 'read', 'changed'])
  expect(api.requests.map(({ calls }) => calls.map(({ path }) => path))).toEqual([
    ['product.byId', 'point.balance'],
    ['point.use'],
  ])
})

test('no batch has more calls than the server accepts', async () => {
  api.respond(data({}), data({}), data({}))
  const jumun = api.client()
  await Promise.all(Array.from({ length: 120 }, (_, index) => jumun.product.byId.query({ productId: index + 1 })))
  expect(api.requests.map(({ calls }) => calls.length).sort()).toEqual([20, 50, 50])
})

test('large calls are sent alone, so that no body exceeds the limit', async () => {
  api.respond(data({}), data({}), data({}), data({}))
  const jumun = api.client()
  const small = Array.from({ length: 50 }, () => jumun.product.create.mutate({ items: products(15) }))
  const large = Array.from({ length: 3 }, () => jumun.product.create.mutate({ items: products(1_000) }))
  await Promise.all([...small, ...large])
  expect(api.requests.map(({ calls }) => calls.length).sort()).toEqual([1, 1, 1, 50])
  for (const { calls } of api.requests) {
    expect(Buffer.byteLength(JSON.stringify(calls.map(({ input }) => input)))).toBeLessThan(BODY_LIMIT_BYTES)
  }
})
