import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { sendEvents } from '../../src/delivery/send-events.ts'
import { SECRET } from './support/data-platform.ts'

const asked: string[] = []
const server = setupServer(
  http.all('*', ({ request }) => {
    asked.push(`${request.method} ${request.url}`)
    return HttpResponse.json({ accepted: ['a'], duplicates: [], rejected: [] })
  }),
)
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterEach(() => asked.splice(0))
afterAll(() => server.close())

const send = (url: string) => sendEvents({ url, secret: SECRET }, ['{"id":"a"}'], AbortSignal.timeout(1_000))

test.each([
  ['http://platform.test', 'http://platform.test/v1/orders'],
  ['http://platform.test/', 'http://platform.test/v1/orders'],
  ['http://gateway.test/tenants/7', 'http://gateway.test/tenants/7/v1/orders'],
  ['http://gateway.test/tenants/7/', 'http://gateway.test/tenants/7/v1/orders'],
])('with the base address %s events go to %s', async (url, address) => {
  expect(await send(url)).toEqual({ accepted: ['a'], duplicates: [], rejected: [] })
  expect(asked).toEqual([`POST ${address}`])
})

test.each(['no address', 'http://', 'ftp://platform.test'])('to the address "%s" nothing is sent', async (url) => {
  await expect(send(url)).rejects.toThrow('The data platform could not be reached.')
  expect(asked).toEqual([])
})
