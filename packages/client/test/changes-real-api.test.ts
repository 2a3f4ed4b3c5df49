import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { createJumunClient, type Fetch, type JumunClient } from '../src/index.ts'
import { take } from '../test-support/fake-feed.ts'
import { useRealApi } from '../test-support/real-api.ts'

const api = useRealApi()

/** Follows the stock of a new product, which changes again after each change that arrives, and returns what arrived. */
async function followStock(jumun: JumunClient, count: number, onChange = async () => {}): Promise<number[]> {
  const admin = api.admin()
  const { ids } = await admin.product.create.mutate({ items: [{ name: 'Tea', price: 1_000, stock: 10 }] })
  const [productId = expect.unreachable()] = ids
  const { nextCursor: after } = await admin.live.list.query({})
  const sell = () => admin.product.update.mutate({ productId, stockDelta: -1 })
  const quantities: number[] = []
  await sell()
  for await (const change of jumun.changes({ after, topics: [`product:${productId}`] })) {
    if (change.type === 'stock.changed') quantities.push(change.data.quantity)
    if (quantities.length >= count) break
    await onChange()
    await sell()
  }
  return quantities
}

test('every change arrives once, in order, although connections are cut', async () => {
  const proxy = await startTcpProxy({})
  onTestFinished(() => proxy.close())
  const jumun = createJumunClient({ url: proxy.via(api.url()), token: await api.adminToken() })
  expect(await followStock(jumun, 5, () => proxy.reset())).toEqual([9, 8, 7, 6, 5])
})

test('every change arrives once, in order, where a proxy lets no stream through', async () => {
  const paths: string[] = []
  const fetchWithoutStreams: Fetch = async (url, init) => {
    const { pathname } = new URL(url)
    paths.push(pathname)
    if (pathname !== '/api/events') return fetch(url, init)
    return new Response('', { headers: { 'content-type': 'text/event-stream' } })
  }
  const jumun = createJumunClient({ url: api.url(), token: await api.adminToken(), fetch: fetchWithoutStreams })
  expect(await followStock(jumun, 3)).toEqual([9, 8, 7])
  expect(paths.slice(0, 4)).toEqual(['/api/events', '/api/events', '/api/events', '/api/changes'])
})

test('what a member may not follow and what is no cursor are refused', async () => {
  const mina = api.member('mina')
  await expect(take(mina.changes({ topics: ['orders'] }), 1)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await expect(take(mina.changes({ after: 'nonsense' }), 1)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
