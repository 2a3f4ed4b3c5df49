import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { openStream } from '../../test-support/event-stream.ts'
import { expectProblem } from '../../test-support/expect-problem.ts'
import { call } from '../../test-support/transports.ts'

const api = useApi()

const tokens = {
  nobody: async () => undefined,
  mina: () => api.token('mina'),
  operator: () => api.token('operator', 'admin'),
}

const refused = [
  ['nobody', 'orders', 'UNAUTHENTICATED'],
  ['nobody', 'delivery', 'UNAUTHENTICATED'],
  ['nobody', 'member:mina', 'UNAUTHENTICATED'],
  ['nobody', 'products,member:mina', 'UNAUTHENTICATED'],
  ['mina', 'orders', 'FORBIDDEN'],
  ['mina', 'delivery', 'FORBIDDEN'],
  ['mina', 'member:jun', 'FORBIDDEN'],
  ['mina', 'products,member:mina,member:jun', 'FORBIDDEN'],
  ['operator', 'everything', 'BAD_REQUEST'],
  ['operator', 'product:0', 'BAD_REQUEST'],
  ['operator', '', 'BAD_REQUEST'],
  ['operator', 'products'.concat(',products'.repeat(100)), 'BAD_REQUEST'],
] as const

test.each(refused)('%s may not follow these topics ($#)', async (who, topics, code) => {
  const token = await tokens[who]()
  const input = { topics: topics.split(',') }
  expectProblem(await call({ url: api.url, via: 'REST', name: 'live.list', input: { topics }, token }), code)
  expectProblem(await call({ url: api.url, via: 'tRPC', name: 'live.list', input, token }), code)
  const { response } = await openStream(api, `/api/events?topics=${topics}`, { token })
  expect(await response.json()).toMatchObject({ code })
  const query = encodeURIComponent(JSON.stringify(input))
  const stream = await openStream(api, `/trpc/live.changes?input=${query}`, { token })
  expect(await stream.next()).toMatchObject({ event: 'connected' })
  const { event, data = '' } = (await stream.next()) ?? {}
  expect(event).toBe('serialized-error')
  expect(JSON.parse(data)).toMatchObject({ data: { problem: { code } } })
})

const order = ['order.placed', 'order.paid']
const ofMina = ['points.changed', ...order, 'points.changed']
// Another member does the same with another product.
const stocks = ['stock.changed', 'stock.changed']

test.each([
  ['nobody', undefined, stocks],
  ['nobody', 'products', stocks],
  ['mina', 'member:mina', ofMina],
  ['mina', undefined, [...ofMina, ...stocks]],
  ['operator', 'orders', [...order, ...order]],
  ['operator', 'member:mina', ofMina],
  ['operator', 'delivery', []],
  ['operator', undefined, [...ofMina, ...ofMina, ...stocks]],
] as const)('%s, who follows %s, gets exactly the changes of that', async (who, topics, types) => {
  const token = await tokens[who]()
  const [productId, ofJun, other] = [await api.shop.product(), await api.shop.product(), await api.shop.product()]
  const after = await endOfFeed()
  for (const [memberId, chosen] of [['mina', productId] as const, ['jun', ofJun] as const]) {
    await api.client('operator', 'admin').point.charge.mutate({ memberId, amount: 5_000 })
    await api.shop.place({ memberId, items: [{ productId: chosen, quantity: 1 }] })
  }
  await list({ after, topics: `product:${ofJun}`, wait: 20 }, token)
  const page = await list({ after, ...(topics && { topics }) }, token)
  expect(page.items.map(({ type }) => type).toSorted()).toEqual([...types].toSorted())
  expect((await list({ after, topics: `product:${productId}` }, token)).items).toMatchObject([
    { type: 'stock.changed', data: { productId } },
  ])
  expect((await list({ after, topics: `product:${other}` }, token)).items).toEqual([])
})

interface List {
  items: { cursor: string; type: string }[]
  nextCursor: string
}

async function list(input: Record<string, unknown>, token: string | undefined): Promise<List> {
  return (await call({ url: api.url, via: 'REST', name: 'live.list', input, token })).answer as List
}

/** The cursor after everything that is committed. */
async function endOfFeed(): Promise<string> {
  const token = await tokens.operator()
  const { nextCursor } = await list({}, token)
  const productId = await api.shop.product()
  return (await list({ after: nextCursor, topics: `product:${productId}`, wait: 20 }, token)).nextCursor
}
