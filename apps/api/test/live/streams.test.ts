import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { openStream } from '../../test-support/event-stream.ts'

const api = useApi()

async function page(
  query = '',
): Promise<{ items: { cursor: string; type: string }[]; nextCursor: string; reset: boolean }> {
  return (await (await fetch(`${api.url}/api/changes?${query}`)).json()) as never
}

/** Creates a product and returns the cursors before and after that. */
async function aChange(): Promise<{ before: string; after: string; productId: number }> {
  const { nextCursor: before } = await page()
  const productId = await api.shop.product()
  const { items } = await page(`after=${before}&topics=product:${productId}&wait=20`)
  return { before, after: items[0]?.cursor ?? expect.unreachable(), productId }
}

test('a stream begins with a bookmark, and a reader that comes back with it misses nothing', async () => {
  const stream = await openStream(api, '/api/events')
  expect(Object.fromEntries(stream.response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  const first = (await stream.next({ beats: true })) ?? expect.unreachable()
  expect(first).toMatchObject({ event: 'bookmark', data: '{}' })
  stream.cut()
  const productId = await api.shop.product()
  const {
    event,
    id,
    data = '',
  } = (await (await openStream(api, '/api/events', { lastEventId: first.id })).next()) ?? {}
  expect([event, JSON.parse(data)]).toMatchObject([
    'change',
    { type: 'product.created', data: { product: { id: productId } } },
  ])
  expect(JSON.parse(data)).not.toHaveProperty('cursor')
  expect(id).toMatch(/^[\w.]+$/)
})

test('Last-Event-ID wins over `after`, and an empty one is none', async () => {
  const { before, after, productId } = await aChange()
  const other = await api.shop.product()
  const idIn = async (path: string, lastEventId: string) => {
    const { data = '' } = (await (await openStream(api, path, { lastEventId })).next()) ?? {}
    return JSON.parse(data).data.product.id
  }
  expect(await idIn(`/api/events?after=${before}`, after)).toBe(other)
  expect(await idIn(`/api/events?after=${before}`, '')).toBe(productId)
})

test('HEAD has the headers and no stream, and its answer ends', async () => {
  const { hostname, port } = new URL(api.url)
  const socket = connect(Number(port), hostname)
  socket.write('HEAD /api/events HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*content-type: text\/event-stream; charset=utf-8\r\n.*\r\n\r\n$/is)
})

test('a page has the changes up to its limit, and the cursor after them', async () => {
  const { before } = await aChange()
  await aChange()
  const one = await page(`after=${before}&limit=1`)
  expect(one.items).toHaveLength(1)
  expect(one.nextCursor).toBe(one.items[0]?.cursor)
  const two = await page(`after=${one.nextCursor}&limit=1`)
  expect(two.items).toHaveLength(1)
  expect((await page(`after=${two.nextCursor}`)).items).toEqual([])
})

test('a call that waits is answered by the first change, and without one after its time', async () => {
  const { after } = await aChange()
  const waiting = page(`after=${after}&wait=25`)
  const productId = await api.shop.product()
  expect(await waiting).toMatchObject({
    items: [{ type: 'product.created', data: { product: { id: productId } } }],
    reset: false,
  })
  expect(await page(`after=${(await waiting).nextCursor}&topics=product:${productId}&wait=1`)).toMatchObject({
    items: [],
  })
})

test('readers of a feed that is another one since a restore are told, and go on', async () => {
  const { before } = await aChange()
  const stream = await openStream(api, '/api/events')
  await stream.next({ beats: true })
  await api.services.em.execute('update feed_tick set epoch = epoch + 1')
  const productId = await api.shop.product()
  const reset = (await stream.next()) ?? expect.unreachable()
  expect(reset).toMatchObject({ event: 'reset', data: '{}' })
  const resumed = await openStream(api, '/api/events', { lastEventId: before })
  expect(await resumed.next()).toMatchObject({ event: 'reset' })
  expect(await page(`after=${before}`)).toMatchObject({ reset: true })
  const next = await api.shop.product()
  for (const one of [stream, resumed]) {
    const { event, data = '' } = (await one.next()) ?? {}
    expect([event, JSON.parse(data).data.product.id]).toEqual(['change', expect.toBeOneOf([productId, next])])
  }
})

test('a cursor that is older than what is kept is refused at every door', async () => {
  const { before } = await aChange()
  await aChange()
  // A process that does not have the changes in memory any more.
  await api.services.em.execute('delete from feed_tick where number < (select max(number) from feed_tick)')
  const old = before.replace(/^(\w+)\.\w+\.\w+/, '$1.0.1')
  for (const path of ['/api/changes', '/api/events']) {
    const response = await fetch(`${api.url}${path}?after=${old}`)
    const problem = (await response.json()) as { oldest: string }
    expect([response.status, problem]).toMatchObject([410, { code: 'CURSOR_EXPIRED', oldest: expect.any(String) }])
    expect(await page(`after=${problem.oldest}`)).toMatchObject({ reset: false })
  }
  const overTrpc = await openStream(api, '/trpc/live.changes', { lastEventId: old })
  expect([(await overTrpc.next())?.event, (await overTrpc.next())?.event]).toEqual(['connected', 'serialized-error'])
  expect(await (await fetch(`${api.url}/metrics`)).text()).toContain('jumun_cursor_expired_total 3')
})
