import { cancellable } from '../links/cancellable.ts'
import { type Fetch, replyStatus, toTransportError } from '../links/fetch-json.ts'
import { TransportError, toRefusal } from '../links/transport-error.ts'
import type { ChangePage } from '../types.gen.ts'
import { createEventParser, type ServerEvent } from './parse-events.ts'

/** A stream sends something every 15 seconds, and a long poll answers after 25. */
const SILENT_MS = 45_000
/** A stream sends its first event at once. */
const FIRST_EVENT_MS = 10_000

/** A stream that was cut, or brought nothing: perhaps because of a proxy that limits or buffers replies. */
export class BrokenStream extends TransportError {
  constructor(message: string, cause?: unknown) {
    super('UNREACHABLE', message, { cause })
  }
}

/** A request for a part of the feed. */
export interface FeedRequest {
  fetch: Fetch
  /** The address with its query. */
  url: URL
  token: string | undefined
  /** Ends the request. */
  stop: AbortSignal
}

/**
 * Opens a stream and reads its events until the loop ends, which closes the connection. Throws `BrokenStream` when the stream ends, breaks
 * or is silent, and `JumunError` and `TransportError` when it does not begin.
 */
export async function* readStream(request: FeedRequest): AsyncGenerator<ServerEvent, void, undefined> {
  const { origin } = request.url
  const connection = new AbortController()
  try {
    const response = await within(FIRST_EVENT_MS, request, () => get(request, 'text/event-stream', connection.signal))
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    const parse = createEventParser()
    for (let limitMs = FIRST_EVENT_MS; ; limitMs = SILENT_MS) {
      const chunk = await within(limitMs, request, async () => reader?.read()).catch((cause) => {
        throw cause instanceof TransportError ? cause : new BrokenStream(`A stream from ${origin} broke.`, cause)
      })
      if (!chunk?.value) throw new BrokenStream(`A stream from ${origin} was cut.`)
      yield* parse(decoder.decode(chunk.value, { stream: true }))
    }
  } finally {
    connection.abort()
  }
}

/** Reads a page, which may take as long as a long poll. Throws `JumunError` and `TransportError`. */
export async function readPage(request: FeedRequest): Promise<ChangePage> {
  const connection = new AbortController()
  try {
    return await within(SILENT_MS, request, async () => {
      const response = await get(request, 'application/json', connection.signal)
      return (await readJson(request, response)) as ChangePage
    })
  } finally {
    connection.abort()
  }
}

/** Waits for work. Rejects as soon as the request is to end, and with `BrokenStream` at the time limit. */
function within<Value>(limitMs: number, { stop, url }: FeedRequest, work: () => Promise<Value>): Promise<Value> {
  return cancellable<Value>(stop, ({ resolve, reject }) => {
    const onTimeout = () => reject(new BrokenStream(`${url.origin} sent nothing for ${limitMs / 1_000} s.`))
    const timer = setTimeout(onTimeout, limitMs)
    work().then(resolve, reject)
    return () => clearTimeout(timer)
  })
}

async function get({ url, fetch, token }: FeedRequest, type: string, signal: AbortSignal): Promise<Response> {
  const headers = { accept: type, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  let response: Response
  try {
    // Without `no-store`, browsers delay a request until an equal one has ended, because they might cache its reply.
    response = await fetch(url.href, { headers, signal, cache: 'no-store' })
  } catch (cause) {
    throw toTransportError(url.origin, undefined, cause)
  }
  if (response.ok && response.headers.get('content-type')?.startsWith(type)) return response
  throw toRefusal(await readJson({ url }, response), replyStatus(response))
}

async function readJson({ url }: Pick<FeedRequest, 'url'>, response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch (cause) {
    throw toTransportError(url.origin, response, cause)
  }
}
