import { type ReplyStatus, TransportError } from './transport-error.ts'

/**
 * The part of `fetch` that the client uses.
 * @example const traced: Fetch = (...request) => fetch(...request)
 */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>

interface JsonReply extends ReplyStatus {
  ok: boolean
  json: () => Promise<unknown>
}

/**
 * Wraps `fetch` so that it returns a complete JSON reply or rejects with `UNREACHABLE`. A network error, a connection that breaks in the
 * middle of a reply and a proxy's HTML page are the same failure to a caller.
 */
export function jsonFetch(fetch: Fetch): (url: unknown, init: unknown) => Promise<JsonReply> {
  return async (url: unknown, init: unknown) => {
    let response: Response | undefined
    try {
      response = await fetch(String(url), init as RequestInit)
      const json: unknown = await response.json()
      return { ok: response.ok, ...replyStatus(response), json: async () => json }
    } catch (cause) {
      throw toTransportError(new URL(String(url)).origin, response, cause)
    }
  }
}

/** Returns what a reply says outside of its body. */
export function replyStatus({ status, headers }: Response): ReplyStatus {
  return { status, retryAfterSeconds: retryAfterSeconds(headers.get('retry-after')) }
}

/** Parses `Retry-After`, which is a number of seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterSeconds(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1_000
  return seconds >= 0 ? seconds : undefined
}

/** Returns the failure of a request without a readable reply; `response` is undefined if there was none at all. */
export function toTransportError(origin: string, response: Response | undefined, cause: unknown): TransportError {
  if (!response)
    return new TransportError('UNREACHABLE', `${origin} cannot be reached: ${messageOf(cause)}.`, {
      cause,
      isOutcomeUnknown: isConnectFailure((cause as Error).cause) ? false : undefined,
    })
  // Without a status, because a truncated reply is retried whatever its status is.
  if (isTruncated(response, cause))
    return new TransportError('UNREACHABLE', `A reply from ${origin} was truncated.`, { cause })
  const message = `${origin} answered with status ${response.status} and no readable JSON.`
  return new TransportError('UNREACHABLE', message, { cause, ...replyStatus(response) })
}

/** The connection broke, or a proxy ended a truncated body like a complete one, so that its JSON does not parse. */
function isTruncated({ headers }: Response, cause: unknown): boolean {
  return !(cause instanceof SyntaxError) || /^application\/json\b/.test(headers.get('content-type') ?? '')
}

/** Whether Node resolved no address or made no connection, so that nothing was sent. An error of several addresses has one for each. */
function isConnectFailure(error: unknown): boolean {
  const { syscall, errors } = (error ?? {}) as { syscall: string; errors?: unknown[] }
  return errors?.every(isConnectFailure) ?? /^(connect|getaddrinfo)$/.test(syscall)
}

/** Node's "fetch failed" has its reason in `cause.message`, or in `cause.code` if it tried several addresses. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string }
  return inner || code || message
}
