import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { listenOnLoopback } from './loopback.ts'

/** What a data platform does with the event of an order. One event that fails fails its whole request. */
export type Verdict = 'accept' | 'reject' | 'fail'

/** A request that brought events. */
export interface EventRequest {
  traceparent: string | undefined
  body: string
  events: { id: string; type: string; orderId: string }[]
}

/** A data platform that keeps the requests that it receives, and has no orders. */
export interface EventPlatform {
  url: string
  received: EventRequest[]
  stop(): Promise<void>
}

/** Starts a data platform. By default it refuses all events, so that they stay in the outbox. */
export async function startEventPlatform(
  verdictOf: (orderId: string) => Verdict = () => 'fail',
): Promise<EventPlatform> {
  const received: EventRequest[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined)
    // The client has left.
    if (body === undefined) return
    if (request.method === 'GET') {
      response.statusCode = /^\/v1\/orders(\?|$)/.test(request.url ?? '') ? 200 : 404
      return void response.end(JSON.stringify({ items: [], nextAfter: null }))
    }
    const { events } = JSON.parse(body) as Pick<EventRequest, 'events'>
    received.push({ traceparent: request.headers['traceparent'] as string | undefined, body, events })
    const verdicts = Map.groupBy(events, ({ orderId }) => verdictOf(orderId))
    const accepted = (verdicts.get('accept') ?? []).map(({ id }) => id)
    const rejected = (verdicts.get('reject') ?? []).map(({ id }) => ({ id, reason: 'Not now' }))
    response.statusCode = verdicts.has('fail') ? 503 : 200
    response.end(JSON.stringify({ accepted, duplicates: [], rejected }))
  })
  const { url, close } = await listenOnLoopback(server)
  return { url, received, stop: close }
}
