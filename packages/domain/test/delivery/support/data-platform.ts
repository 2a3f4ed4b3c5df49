import { createPlatform, openStorage, type PlatformStorage } from '@jumun/mock-data-platform'
import { dataPlatformHandlers } from '@jumun/mock-data-platform/handlers'
import { type HttpResponseResolver, http, type RequestHandler } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { DataPlatform } from '../../../src/delivery/data-platform.ts'
import type { OutgoingEvent } from '../../../src/delivery/outgoing-event.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 'platform').toString('base64')}`

/** One request that reached the platform. */
interface ReceivedRequest {
  /** When it came, in milliseconds of `performance.now()`. */
  at: number
  headers: Headers
  body: string
  events: OutgoingEvent[]
  /** Its ids, in the order of the request. */
  ids: string[]
}

/** A data platform behind msw: the mock platform, unless a test overrides its answers. */
export interface FakeDataPlatform extends DataPlatform {
  /** The requests of this test. */
  readonly requests: ReceivedRequest[]
  /** What the mock platform has stored. */
  readonly storage: PlatformStorage
  /** Sets faults of the mock platform. */
  setFaults(faults: object): Promise<void>
  /** Answers requests instead of the mock, always or once. If the resolver returns nothing, the mock answers. */
  answer(resolver: HttpResponseResolver, options?: { once: boolean }): void
  /** Answers requests for the list of its orders instead of the mock. */
  answerList(resolver: HttpResponseResolver): void
  /** Answers requests for one of its orders instead of the mock. */
  answerOrder(resolver: HttpResponseResolver): void
  /** Removes all faults and overrides, and ends hanging requests. */
  recover(): Promise<void>
}

/** Provides a fresh data platform to each test of the file. A request to any other address fails the test. */
export function useDataPlatform({ url = 'http://platform.test' } = {}): FakeDataPlatform {
  const endpoint = `${url}/v1/orders`
  const requests: ReceivedRequest[] = []
  const unexpected: string[] = []
  let storage: PlatformStorage | undefined
  let handlers: RequestHandler[] = []
  const server = setupServer()
  const record = http.post(endpoint, async ({ request }) => {
    const at = performance.now()
    requests.push({ at, ...(await parse(request.clone())) })
  })
  beforeAll(() => {
    server.events.on('request:unhandled', ({ request }) => void unexpected.push(request.url))
    server.listen({ onUnhandledFrame: 'error' })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    requests.length = 0
    unexpected.length = 0
    storage = openStorage(':memory:')
    handlers = [record, ...dataPlatformHandlers(url, createPlatform({ secret: SECRET, storage }))]
    server.resetHandlers(...handlers)
  })
  const recover = async () => {
    server.resetHandlers(...handlers)
    // Also ends hanging requests.
    await fetch(`${url}/faults`, { method: 'DELETE' })
  }
  afterEach(async () => {
    await recover()
    storage?.close()
    expect(unexpected).toEqual([])
  })
  return {
    url,
    secret: SECRET,
    requests,
    get storage() {
      if (!storage) throw new Error('The platform exists only during a test.')
      return storage
    },
    async setFaults(faults) {
      const reply = await fetch(`${url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
      expect(reply.status).toBe(200)
    },
    recover,
    answer: (resolver, options) => server.use(record, http.post(endpoint, resolver, options)),
    answerList: (resolver) => server.use(http.get(endpoint, resolver)),
    answerOrder: (resolver) => server.use(http.get(`${endpoint}/:orderId`, resolver)),
  }
}

async function parse(request: Request): Promise<Omit<ReceivedRequest, 'at'>> {
  const body = await request.text()
  const { events } = JSON.parse(body) as { events: OutgoingEvent[] }
  return { headers: request.headers, body, events, ids: events.map((event) => event.id) }
}
