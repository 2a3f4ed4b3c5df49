import { randomInt } from 'node:crypto'
import type { Problem } from '@jumun/contract'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import { toErrorShape } from '../errors/trpc-error.ts'

/** Why the server ends a stream. */
export type EndReason = 'TOKEN_EXPIRED' | 'DRAINING' | 'TOO_SLOW' | 'UNAVAILABLE'

/** A wire format of streams: the server-sent events of the REST route, or those of a tRPC subscription. */
export interface Wire {
  readonly name: 'events' | 'trpc'
  start(cursor: string): string
  change(entry: { cursor: string; json: string }): string
  /** Shows that the stream is alive, and, where the format has a place for it, the cursor after what the reader has got. */
  heartbeat(cursor: string): string
  reset(cursor: string): string
  end(reason: EndReason): string
  /** The last event of a stream that failed. */
  failure(problem: Problem): string
}

/** Readers reconnect after a random delay, so that they do not all reach the next process at once. */
const RETRY_MIN_MS = 500
const RETRY_MAX_MS = 3_000

const bookmark = (cursor: string) => `event: bookmark\nid: ${cursor}\ndata: {}\n\n`

/** `GET /api/events`. */
export const eventsWire: Wire = {
  name: 'events',
  start: bookmark,
  change: ({ cursor, json }) => `event: change\nid: ${cursor}\ndata: ${json}\n\n`,
  heartbeat: bookmark,
  reset: (cursor) => `event: reset\nid: ${cursor}\ndata: {}\n\n`,
  end: (reason) => `${retryOf(reason)}event: end\ndata: ${JSON.stringify({ reason })}\n\n`,
  failure: ({ code }) => `event: end\ndata: ${JSON.stringify({ reason: code })}\n\n`,
}

/** The subscription over tRPC, as its adapter writes `tracked()` (https://trpc.io/docs/server/subscriptions). */
export const trpcWire: Wire = {
  name: 'trpc',
  start: () => 'event: connected\ndata: {}\n\n\n',
  change: ({ cursor, json }) => `data: ${json}\nid: ${cursor}\n\n\n`,
  heartbeat: () => 'event: ping\ndata: \n\n\n',
  reset: (cursor) => `data: {"type":"reset"}\nid: ${cursor}\n\n\n`,
  // The event `return` is left out: after it, tRPC's client would not reconnect.
  end: (reason) => (reason === 'TOKEN_EXPIRED' ? '' : `${retryOf(reason)}\n`),
  failure: (problem) => {
    const shape = toErrorShape(problem, 0)
    // tRPC's client decides by this code whether it reconnects.
    const code = TRPC_ERROR_CODES_BY_KEY[shape.data.code]
    return `event: serialized-error\ndata: ${JSON.stringify({ ...shape, code })}\n\n\n`
  },
}

function retryOf(reason: EndReason): string {
  if (reason !== 'DRAINING' && reason !== 'UNAVAILABLE') return ''
  return `retry: ${randomInt(RETRY_MIN_MS, RETRY_MAX_MS + 1)}\n`
}
