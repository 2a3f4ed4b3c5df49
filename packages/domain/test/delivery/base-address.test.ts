import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { listDelivered } from '../../src/delivery/list-delivered.ts'
import { sendEvents } from '../../src/delivery/send-events.ts'
import { SECRET } from './support/data-platform.ts'

const requests: string[] = []
const server = setupServer(
  http.all('*', ({ request }) => {
    requests.push(`${request.method} ${request.url}`)
    return HttpResponse.json({ accepted: ['a'], duplicates: [], rejected: [] })
  }),
)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => requests.splice(0))
afterAll(() => server.close())

test('a query in the base address is kept on every request', async () => {
  const url = 'http://gateway.test/in?key=a%2Bb'
  await send(url)
  await listDelivered({ url, secret: SECRET }, { after: 'x', limit: 2 }).catch(() => {})
  expect(requests).toEqual([
    'POST http://gateway.test/in/v1/orders?key=a%2Bb',
    'GET http://gateway.test/in/v1/orders?key=a%2Bb&after=x&limit=2',
  ])
})

const send = (url: string) =>
  sendEvents({ url, secret: SECRET }, ['{"id":"a"}'], AbortSignal.timeout(scaleByLoad(1_000)))

test.each([
  ['http://platform.test', 'http://platform.test/v1/orders'],
  ['http://platform.test/', 'http://platform.test/v1/orders'],
  ['http://gateway.test/tenants/7', 'http://gateway.test/tenants/7/v1/orders'],
  ['http://gateway.test/tenants/7/', 'http://gateway.test/tenants/7/v1/orders'],
  ['http://gateway.test/in?key=a%2Bb&tenant=7', 'http://gateway.test/in/v1/orders?key=a%2Bb&tenant=7'],
])('with the base address %s, events are sent to %s', async (url, address) => {
  expect(await send(url)).toEqual({ accepted: ['a'], duplicates: [], rejected: [] })
  expect(requests).toEqual([`POST ${address}`])
})

test.each(['no address', 'http://', 'ftp://platform.test'])(
  'nothing is sent to the invalid address "%s"',
  async (url) => {
    await expect(send(url)).rejects.toThrow('The data platform could not be reached.')
    expect(requests).toEqual([])
  },
)
