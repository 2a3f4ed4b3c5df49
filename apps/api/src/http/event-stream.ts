import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { toProblem } from '../errors/problem.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import type { ChangeStream } from '../live/change-stream.ts'
import type { Reader } from '../live/hub.ts'
import type { Part } from '../live/part.ts'
import type { StreamCounts } from '../live/stream-counts.ts'
import { type EndReason, eventsWire, trpcWire, type Wire } from '../live/wires.ts'
import { openedResourcePolicy } from './cors.ts'

/** How many unsent bytes a reader may have before its stream is closed. It can resume after its last cursor. */
const MAX_UNSENT_BYTES = 1_024 * 1_024
/** How long a reader may take to receive the last event. */
const CLOSE_LIMIT_MS = 1_000
/** The longest delay of `setTimeout`. */
const MAX_TIMER_MS = 2 ** 31 - 1

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

/** The wire format of the stream that a request asks for; undefined if it asks for no stream. */
export function wireOf({ routeOptions }: FastifyRequest): Wire | undefined {
  if (routeOptions.config.procedure !== 'live.changes') return undefined
  return routeOptions.url?.startsWith('/trpc/') ? trpcWire : eventsWire
}

/** Sends the headers of a stream of events. The caller writes the events; Node.js leaves them out of an answer to HEAD. */
export function startEventStream(reply: FastifyReply): ServerResponse {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...openedResourcePolicy(reply), ...HEADERS })
  raw.flushHeaders()
  return raw
}

/** Answers with a stream that ends at once and says when to reconnect. After a status other than 200, `EventSource` never tries again. */
export function refuseForNow(reply: FastifyReply, wire: Wire, reason: EndReason): FastifyReply {
  startEventStream(reply).end(wire.end(reason))
  return reply
}

/** Answers with a stream of changes. */
export function sendChanges(
  stream: ChangeStream,
  { wire, request, reply, counts }: { wire: Wire; request: FastifyRequest; reply: FastifyReply; counts: StreamCounts },
): FastifyReply {
  const response = startEventStream(reply)
  if (request.method === 'HEAD') {
    stream.release()
    response.end()
  } else new EventStream({ stream, wire, response, requestId: request.id, counts }).start()
  return reply
}

/** Writes the changes of a stream to one HTTP response. */
class EventStream implements Reader {
  readonly #stream: ChangeStream
  readonly #wire: Wire
  readonly #response: ServerResponse
  readonly #requestId: string
  readonly #counts: StreamCounts
  #leave = () => {}
  #expiry: NodeJS.Timeout | undefined
  #isClosed = false
  /** Whether the last heartbeat is still unsent in this process. */
  #isStuck = false

  constructor(options: {
    stream: ChangeStream
    wire: Wire
    response: ServerResponse
    requestId: string
    counts: StreamCounts
  }) {
    this.#stream = options.stream
    this.#wire = options.wire
    this.#response = options.response
    this.#requestId = options.requestId
    this.#counts = options.counts
  }

  start(): void {
    const { expiresAt, cursor } = this.#stream
    this.#counts.opened(this.#wire.name)
    if (this.#response.destroyed) return void this.#close()
    this.#response.on('close', () => this.#close())
    this.#response.on('error', () => this.#close())
    if (expiresAt !== undefined) {
      const left = Math.min(Math.max(0, expiresAt - Date.now()), MAX_TIMER_MS)
      this.#expiry = setTimeout(() => this.#expire(), left).unref()
    }
    this.#response.write(this.#wire.start(cursor))
    this.#leave = this.#stream.attach(this)
    if (this.#isClosed) this.#leave()
  }

  take(part: Part): void {
    if (this.#isClosed) return
    if (this.#response.writableLength > MAX_UNSENT_BYTES) return void this.#end('TOO_SLOW')
    if (part.reset) this.#response.write(this.#wire.reset(part.next))
    const bytes = part.bytes(this.#stream.filter, this.#wire)
    if (bytes.length === 0) return
    this.#response.write(bytes)
    this.#counts.sent(part.matching(this.#stream.filter).length)
  }

  async ready(): Promise<void> {
    if (this.#isClosed || !this.#response.writableNeedDrain) return
    await new Promise<void>((resolve) => {
      this.#response.once('drain', resolve)
      this.#response.once('close', resolve)
    })
  }

  heartbeat(cursor: string): void {
    if (this.#isClosed) return
    // The reader has taken nothing since the last heartbeat, and may be gone. More writes would only postpone the connection's timeout.
    if (this.#isStuck) return void this.#response.destroy()
    this.#isStuck = true
    this.#response.write(this.#wire.heartbeat(cursor), () => {
      this.#isStuck = false
    })
  }

  fail(error: unknown): void {
    const domainError = toDomainError(error)
    if (domainError.code === 'UNAVAILABLE') this.#end('UNAVAILABLE')
    else this.#finish(this.#wire.failure(toProblem(domainError, this.#requestId)))
  }

  drain(): void {
    this.#end('DRAINING')
  }

  #expire(): void {
    const problem = { code: 'UNAUTHENTICATED', message: 'The token has expired.', details: {} } as const
    this.#finish(this.#wire.end('TOKEN_EXPIRED') || this.#wire.failure(toProblem(problem, this.#requestId)))
  }

  #end(reason: EndReason): void {
    this.#finish(this.#wire.end(reason))
  }

  #finish(text: string): void {
    if (this.#isClosed) return
    this.#response.end(text)
    const { socket } = this.#response
    const timer = setTimeout(() => socket?.destroy(), CLOSE_LIMIT_MS).unref()
    this.#response.once('finish', () => clearTimeout(timer))
    this.#close()
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#expiry)
    this.#leave()
    this.#stream.release()
    this.#counts.closed(this.#wire.name)
  }
}
