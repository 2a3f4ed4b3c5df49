import { once } from 'node:events'
import { connect } from 'node:net'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test } from 'vitest'
import { issueToken } from '../../src/index.ts'
import { openStream } from '../../test-support/event-stream.ts'
import { recordReceivedRequests } from '../../test-support/received-requests.ts'

const api = useApi()

/** Waits until a door of the API has this number of streams. */
async function expectStreams(count: number, door = 'events'): Promise<void> {
  const pattern = new RegExp(`^jumun_streams\\{door="${door}"\\} (\\d+)$`, 'm')
  const read = async () => pattern.exec(await (await fetch(`${api.url}/metrics`)).text())?.[1]
  await expect.poll(read, { timeout: scaleByLoad(5_000) }).toBe(String(count))
}

test('a member has at most ten streams, and each that is cut makes room', async () => {
  const token = await api.token('mina')
  const open = () => openStream(api, '/api/events', { token })
  const streams = await Promise.all(Array.from({ length: 10 }, open))
  expect(streams.map(({ response }) => response.status)).toEqual(Array.from({ length: 10 }, () => 200))
  const refused = await open()
  expect([refused.response.status, await refused.response.json()]).toMatchObject([429, { code: 'TOO_MANY_REQUESTS' }])
  const headers = { authorization: `Bearer ${token}` }
  expect((await fetch(`${api.url}/api/changes?wait=20`, { headers })).status).toBe(429)
  expect((await fetch(`${api.url}/api/changes`, { headers })).status).toBe(200)
  const { response: ofOther } = await openStream(api, '/api/events', { token: await api.token('jun') })
  expect(ofOther.status).toBe(200)
  await ofOther.body?.cancel()
  for (const { cut } of streams) cut()
  await expectStreams(0)
  const { response, cut } = await open()
  expect(response.status).toBe(200)
  cut()
  await expectStreams(0)
})

test('a call that waits ends with its connection', async () => {
  const token = await api.token('mina')
  const gone = new AbortController()
  const call = () =>
    fetch(`${api.url}/api/changes?wait=25`, { signal: gone.signal, headers: { authorization: `Bearer ${token}` } })
  const calls = Promise.allSettled(Array.from({ length: 10 }, call))
  await expectStreams(10, 'wait')
  gone.abort()
  await calls
  await expectStreams(0, 'wait')
})

test('a stream ends with its token, and says so, also where parameters are given twice or mean nothing', async () => {
  const token = await issueToken(api.authSecret, { memberId: 'mina', role: 'member', expiresInSeconds: -3 })
  const queries = ['', '?batch=0', '?batch=&batch=1', '?input=%7B%7D&input=%7B%7D', '?lastEventId=&lastEventId=x']
  const [stream, ...overTrpc] = await Promise.all([
    openStream(api, '/api/events', { token }),
    ...queries.map((query) => openStream(api, `/trpc/live.changes${query}`, { token })),
  ])
  expect(await stream.next()).toMatchObject({ event: 'end', data: '{"reason":"TOKEN_EXPIRED"}' })
  expect(await stream.next()).toBeUndefined()
  for (const one of overTrpc) {
    expect(await one.next()).toMatchObject({ event: 'connected' })
    const data = expect.stringContaining('UNAUTHENTICATED')
    expect(await one.next()).toMatchObject({ event: 'serialized-error', data })
    expect(await one.next()).toBeUndefined()
  }
})

test('a reader that does not read is closed, and resumes with everything', async () => {
  const { nextCursor } = (await (await fetch(`${api.url}/api/changes`)).json()) as { nextCursor: string }
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.pause()
  const requests = recordReceivedRequests()
  socket.write('GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await expectStreams(1)
  const COUNT = 24
  for (let count = 1; count <= COUNT; count++) {
    const product = { id: count, name: 'x'.repeat(1_000_000), price: 1, stock: 1, key: null }
    const change = {
      id: `${count}`,
      at: new Date().toISOString(),
      type: 'product.created',
      actor: null,
      data: { product },
    }
    await api.services.em.execute('insert into change (events, outgoing) values (?::json, 0)', [
      JSON.stringify([change]),
    ])
    if (count === COUNT / 2) await api.shop.product()
  }
  await api.shop.product()
  await expectStreams(0)
  // What it does not read must not stay in memory.
  const stuck = requests.received.find(({ request }) => request.url === '/api/events')
  await expect.poll(() => stuck?.response.destroyed).toBe(true)
  let lastEventId = nextCursor
  let stream = await openStream(api, '/api/events', { lastEventId })
  const ids = []
  while (ids.length < COUNT) {
    const event = await stream.next()
    if (event) {
      lastEventId = event.id ?? lastEventId
      const { product } = JSON.parse(event.data).data
      if (product.name.length > 1_000) ids.push(product.id)
    } else {
      // A reader on a busy machine may be taken for one that does not read.
      stream = await openStream(api, '/api/events', { lastEventId })
    }
  }
  expect(ids).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1))
  stream.cut()
})

test('a process that stops ends its streams at once, and says when to come back', async () => {
  const other = await startTestApi(api.databaseUrl)
  const stream = await openStream(other, '/api/events')
  const overTrpc = await openStream(other, '/trpc/live.changes')
  const waiting = fetch(`${other.url}/api/changes?wait=25`)
  await stream.next({ beats: true })
  await overTrpc.next({ beats: true })
  const closed = other.close()
  const end = await stream.next()
  expect(end).toMatchObject({ event: 'end', data: '{"reason":"DRAINING"}' })
  expect(Number(end?.retry)).toBeGreaterThanOrEqual(500)
  expect(Number(end?.retry)).toBeLessThanOrEqual(3_000)
  expect(await overTrpc.next()).toMatchObject({ retry: expect.stringMatching(/^\d+$/) })
  expect(await overTrpc.next()).toBeUndefined()
  expect((await waiting).status).toBe(200)
  await closed
})
