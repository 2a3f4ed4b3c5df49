import { useApi } from '@jumun/test-kit/api'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { expect, test } from 'vitest'
import { RateLimit } from '../../src/http/rate-limit.ts'
import { appRouter } from '../../src/procedures/app-router.ts'
import type { Context } from '../../src/procedures/context.ts'

const api = useApi()

/** The same request, answered by tRPC's adapter. */
function byAdapter(path: string, caller?: Context['caller']): Promise<Response> {
  const createContext = (): Context => ({
    services: api.services,
    requestId: '',
    caller,
    allowance: new RateLimit(0).allowance(undefined, () => {}),
    takeStream: () => () => {},
    disconnected: () => new AbortController().signal,
    pulse: { read: () => expect.unreachable() },
    observeCall: () => {},
    setHeader: () => {},
    sayAge: () => {},
    extendTimeout: () => {},
  })
  return fetchRequestHandler({ endpoint: '/trpc', req: new Request(api.url + path), router: appRouter, createContext })
}

/** The text up to the last event of these. */
async function textUpTo({ body }: Response, end: string): Promise<string> {
  let text = ''
  const reader = body?.getReader()
  while (!text.slice(text.indexOf(end)).includes('\n\n\n') || !text.includes(end)) {
    const { value, done = true } = (await reader?.read()) ?? {}
    if (done) break
    text += new TextDecoder().decode(value)
  }
  await reader?.cancel().catch(() => {})
  return text.replaceAll('event: ping\ndata: \n\n\n', '').replace(/"requestId":"[^"]*"/, '')
}

const HEADERS = ['content-type', 'cache-control', 'x-accel-buffering']

test("a subscription is answered as tRPC's adapter answers it, event by event", async () => {
  const { nextCursor } = (await (await fetch(`${api.url}/api/changes`)).json()) as { nextCursor: string }
  const path = `/trpc/live.changes?input=${encodeURIComponent(JSON.stringify({ after: nextCursor, topics: ['products'] }))}`
  const responses = await Promise.all([fetch(api.url + path), byAdapter(path)])
  const texts = Promise.all(responses.map((response) => textUpTo(response, '"productId":2')))
  for (let id = 1; id <= 2; id++) {
    const productId = await api.shop.product()
    await api.client('operator', 'admin').product.update.mutate({ productId, stockDelta: 5 })
  }
  const [ours, adapters] = await texts
  expect(ours).toContain('"product.created"')
  expect(ours).toBe(adapters)
  const [head, adaptersHead] = responses.map(({ headers }) => HEADERS.map((name) => headers.get(name)?.split(';')[0]))
  expect(head).toEqual(adaptersHead)
})

test.each([
  ['a topic that needs a token', { topics: ['orders'] }],
  ['a topic that is none', { topics: ['everything'] }],
  ['a cursor that is none', { after: 'nothing' }],
])('%s is refused as by the adapter', async (_, input) => {
  const path = `/trpc/live.changes?input=${encodeURIComponent(JSON.stringify(input))}`
  const [ours, adapters] = await Promise.all([fetch(api.url + path), byAdapter(path)])
  expect([ours.status, await textUpTo(ours, '\0')]).toEqual([adapters.status, await textUpTo(adapters, '\0')])
})

test('a reader comes back with the last id, in the input or as the header', async () => {
  const { nextCursor } = (await (await fetch(`${api.url}/api/changes`)).json()) as { nextCursor: string }
  const productId = await api.shop.product()
  const change = `"product":{"id":${productId},`
  const inInput = `/trpc/live.changes?input=${encodeURIComponent(JSON.stringify({ lastEventId: nextCursor }))}`
  expect(await textUpTo(await fetch(api.url + inInput), change)).toContain(change)
  const headers = { 'last-event-id': nextCursor }
  expect(await textUpTo(await fetch(`${api.url}/trpc/live.changes`, { headers }), change)).toContain(change)
})
