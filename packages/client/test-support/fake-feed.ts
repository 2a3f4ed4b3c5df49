import { type ProblemCode, type ProblemDetails, problems } from '@jumun/contract'
import { afterEach, beforeEach, expect } from 'vitest'
import { createJumunClient, type Fetch, type JumunClientOptions } from '../src/index.ts'
import { API_URL } from './fake-api.ts'

/** One request of a stream or a page. */
interface SeenFeedRequest {
  /** Path and query. */
  path: string
  authorization: string | null
  /** When it arrived, as a value of `performance.now()`. */
  at: number
  /** Aborted when the client closes the connection. */
  signal: AbortSignal
}

type FeedResponder = (request: SeenFeedRequest) => Response | Promise<Response>

/** An event of a stream. */
export function event(type: string, id: string, data: unknown = {}): string {
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A change of the stock of product 1, as the event of a stream; its cursor is `c<quantity>`. */
export function stock(quantity: number): string {
  return event('change', `c${quantity}`, changeOfStock(quantity))
}

export function changeOfStock(quantity: number) {
  const data = { productId: 1, quantity, reason: 'order' }
  return { id: `id-${quantity}`, type: 'stock.changed', at: '2026-11-27T00:00:00.000Z', actor: 'mina', data }
}

export const end = (reason: string, retryMs?: number) =>
  `${retryMs === undefined ? '' : `retry: ${retryMs}\n`}event: end\ndata: ${JSON.stringify({ reason })}\n\n`

/** A stream of these parts that is cut after them. */
export function cutStream(...parts: (string | Uint8Array)[]): FeedResponder {
  return (request) => streamOf(request, parts, 'cut')
}

/** A stream of these parts that stays open. */
export function openStream(...parts: (string | Uint8Array)[]): FeedResponder {
  return (request) => streamOf(request, parts, 'open')
}

/** A stream of these parts whose connection breaks after a time. */
export function brokenStream(afterMs: number, ...parts: string[]): FeedResponder {
  return (request) => streamOf(request, parts, afterMs)
}

function streamOf({ signal }: SeenFeedRequest, parts: (string | Uint8Array)[], then: 'cut' | 'open' | number) {
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const part of parts) stream.enqueue(typeof part === 'string' ? encoder.encode(part) : part)
      if (then === 'cut') stream.close()
      if (typeof then === 'number') setTimeout(() => stream.error(new TypeError('terminated')), then)
      signal.addEventListener('abort', () => stream.error(signal.reason))
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } })
}

/** A page of changes of stock. */
export function page(nextCursor: string, quantities: number[] = [], reset = false): FeedResponder {
  const items = quantities.map((quantity) => ({ cursor: `c${quantity}`, ...changeOfStock(quantity) }))
  return () => Response.json({ items, nextCursor, reset })
}

/** A problem, as REST answers it. */
export function refusal<Code extends ProblemCode>(code: Code, details: ProblemDetails<Code>): FeedResponder {
  const { status } = problems[code]
  const problem = { type: 't', title: 't', status, detail: `It is ${code}.`, code, requestId: 'r-1', ...details }
  return () => Response.json(problem, { status, headers: { 'content-type': 'application/problem+json' } })
}

/** A feed whose replies each test sets: one for each request, in this order. */
export function useFakeFeed() {
  const requests: SeenFeedRequest[] = []
  let responders: FeedResponder[] = []
  const fetch: Fetch = async (url, init = {}) => {
    const { headers, signal } = new Request(url, init)
    const path = url.slice(API_URL.length)
    const request = { path, authorization: headers.get('authorization'), at: performance.now(), signal }
    requests.push(request)
    const respond = responders.shift()
    if (!respond) return new Response('', { status: 418 })
    return Promise.race([
      respond(request),
      new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    ])
  }
  beforeEach(() => {
    requests.length = 0
    responders = []
  })
  afterEach(() => expect(responders).toEqual([]))
  return {
    requests,
    paths: () => requests.map(({ path }) => path),
    /** The milliseconds between consecutive requests. */
    pauses: () => requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0)),
    respond: (...more: FeedResponder[]) => responders.push(...more),
    client: (options?: Partial<JumunClientOptions>) =>
      createJumunClient({ url: API_URL, token: 'a.b.c', fetch, ...options }),
  }
}

/** Reads some items and leaves the loop. */
export async function take<Item>(items: AsyncIterable<Item>, count: number): Promise<Item[]> {
  const taken: Item[] = []
  for await (const item of items) if (taken.push(item) === count) break
  return taken
}
