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
 * Makes a `fetch` that either has the whole JSON of a reply or fails with `UNREACHABLE`: a network error, a connection
 * cut halfway and a proxy's HTML page are all the same to a caller.
 */
export function jsonFetch(fetch: Fetch): (url: unknown, init: unknown) => Promise<JsonReply> {
  return async (url: unknown, init: unknown) => {
    let response: Response | undefined
    try {
      response = await fetch(String(url), init as RequestInit)
      const json: unknown = await response.json()
      return { ok: response.ok, ...statusOf(response), json: async () => json }
    } catch (cause) {
      throw failureOf(new URL(String(url)).origin, response, cause)
    }
  }
}

function statusOf({ status, headers }: Response): ReplyStatus {
  return { status, retryAfterSeconds: secondsOf(headers.get('retry-after')) }
}

/** `Retry-After` is a number of seconds or a date (RFC 9110, 10.2.3). */
function secondsOf(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1_000
  return seconds >= 0 ? seconds : undefined
}

function failureOf(origin: string, response: Response | undefined, cause: unknown): TransportError {
  if (!response) return new TransportError('UNREACHABLE', `${origin} cannot be reached: ${reasonOf(cause)}.`, { cause })
  // Without a status: whatever the head of a reply says, what was cut off did not arrive.
  if (isCutOff(response, cause))
    return new TransportError('UNREACHABLE', `A reply of ${origin} was cut off.`, { cause })
  const message = `${origin} answered with status ${response.status} and no readable JSON.`
  return new TransportError('UNREACHABLE', message, { cause, ...statusOf(response) })
}

/** Either the connection broke, or somebody on the way ended the reply as if it were whole. */
function isCutOff({ headers }: Response, cause: unknown): boolean {
  return !(cause instanceof SyntaxError) || /^application\/json\b/.test(headers.get('content-type') ?? '')
}

/** Node hides the reason of "fetch failed" in the cause, and that of an attempt at several addresses in its code. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  const { code, message: inner } = (cause ?? {}) as { code?: string; message?: string }
  return inner || code || message
}
