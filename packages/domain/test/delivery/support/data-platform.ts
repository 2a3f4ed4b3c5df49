import { createPlatform, openStorage, type PlatformStorage } from '@jumun/mock-data-platform'
import { dataPlatformHandlers } from '@jumun/mock-data-platform/handlers'
import { type HttpResponseResolver, http, type RequestHandler } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { DataPlatform } from '../../../src/delivery/data-platform.ts'
import type { OutgoingEvent } from '../../../src/delivery/outgoing-event.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 'platform').toString('base64')}`

/** One request that reached the platform. */
interface SeenRequest {
  headers: Headers
  body: string
  events: OutgoingEvent[]
  /** Its ids, in the order of the request. */
  ids: string[]
}

/** A data platform on the network of msw: the mock one, unless a test answers for it. */
export interface FakeDataPlatform extends DataPlatform {
  /** What was asked of it in this test. */
  readonly requests: SeenRequest[]
  /** What the mock platform has. */
  readonly storage: PlatformStorage
  /** Sets faults of the mock platform. */
  setFaults(faults: object): Promise<void>
  /** Answers requests instead of the mock, always or once. A resolver that returns nothing leaves it to the mock. */
  answer(resolver: HttpResponseResolver, options?: { once: boolean }): void
  /** Answers who asks which orders it has. */
  answerList(resolver: HttpResponseResolver): void
  /** The mock platform without faults answers again. */
  recover(): Promise<void>
}

/** Has a data platform for each test of the file; a request to anybody else fails the test. */
export function useDataPlatform({ url = 'http://platform.test' } = {}): FakeDataPlatform {
  const endpoint = `${url}/v1/orders`
  const requests: SeenRequest[] = []
  const strays: string[] = []
  let storage: PlatformStorage | undefined
  let handlers: RequestHandler[] = []
  const server = setupServer()
  const record = http.post(endpoint, async ({ request }) => {
    requests.push(await see(request.clone()))
  })
  beforeAll(() => {
    server.events.on('request:unhandled', ({ request }) => void strays.push(request.url))
    server.listen({ onUnhandledFrame: 'error' })
  })
  afterAll(() => server.close())
  beforeEach(() => {
    requests.length = 0
    strays.length = 0
    storage = openStorage(':memory:')
    handlers = [record, ...dataPlatformHandlers(url, createPlatform({ secret: SECRET, storage }))]
    server.resetHandlers(...handlers)
  })
  const recover = async () => {
    server.resetHandlers(...handlers)
    // Ends what hangs, too.
    await fetch(`${url}/faults`, { method: 'DELETE' })
  }
  afterEach(async () => {
    await recover()
    storage?.close()
    expect(strays).toEqual([])
  })
  return {
    url,
    secret: SECRET,
    requests,
    get storage() {
      if (!storage) throw new Error('The platform exists during tests')
      return storage
    },
    async setFaults(faults) {
      const reply = await fetch(`${url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
      expect(reply.status).toBe(200)
    },
    recover,
    answer: (resolver, options) => server.use(record, http.post(endpoint, resolver, options)),
    answerList: (resolver) => server.use(http.get(endpoint, resolver)),
  }
}

async function see(request: Request): Promise<SeenRequest> {
  const body = await request.text()
  const { events } = JSON.parse(body) as { events: OutgoingEvent[] }
  return { headers: request.headers, body, events, ids: events.map((event) => event.id) }
}
