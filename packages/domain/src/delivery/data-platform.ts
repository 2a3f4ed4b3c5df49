import type { z } from 'zod'

/** Statuses with which the platform refuses the content of a request. */
const REFUSED_STATUSES = [400, 413, 422]

/** The external data platform. */
export interface DataPlatform {
  /** Base address; events go to `/v1/orders` below it. Its query is part of every request. */
  url: string
  /** Standard Webhooks secret, `whsec_…`, or several separated by spaces. Each request is signed with all; the platform needs one. */
  secret: string
  /** The time limit of all requests of one batch together; default 5,000. */
  timeoutMs?: number
}

/** A whole request failed: the platform was not reached, or refused it, or its answer is not valid. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  /** Whether the platform refused the request because of its content: a smaller request may be accepted. */
  readonly refused: boolean
  /** The status of its answer; undefined if there was none. */
  readonly status: number | undefined

  constructor(message: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.status = status
    this.refused = status !== undefined && REFUSED_STATUSES.includes(status)
  }
}

/** The time limit of the requests that share this signal. */
export function timeLimit({ timeoutMs = 5_000 }: DataPlatform): AbortSignal {
  return AbortSignal.timeout(timeoutMs)
}

/**
 * Makes a request to `/v1/orders` of the data platform, or to the order `orderId` below it, and parses its answer, of at most `maxBytes`.
 * Follows no redirect. Throws `DeliveryError`.
 */
export async function callPlatform<Answer>(
  { url, search = '', orderId, ...init }: RequestInit & { url: string; search?: string; orderId?: string },
  { schema, maxBytes }: { schema: z.ZodType<Answer>; maxBytes: number },
): Promise<Answer> {
  let response: Response
  try {
    const endpoint = new URL(url)
    endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/v1/orders`
    if (orderId !== undefined) endpoint.pathname += `/${encodeURIComponent(orderId)}`
    // A gateway may require a query of its own, such as a key.
    endpoint.search = [endpoint.search, search]
      .map((query) => query.replace(/^\?/, ''))
      .filter(Boolean)
      .join('&')
    response = await fetch(endpoint, { ...init, redirect: 'manual' })
  } catch (cause) {
    throw toDeliveryError(cause, 'did not answer in time', 'could not be reached')
  }
  const { status } = response
  if (status !== 200) {
    // An unread body would keep its connection.
    await response.body?.cancel().catch(() => {})
    throw new DeliveryError(`The data platform answered ${status}.`, { status })
  }
  try {
    return schema.parse(JSON.parse(await readText(response, maxBytes)))
  } catch (cause) {
    throw toDeliveryError(cause, 'did not finish its answer in time', 'gave an answer that is not one')
  }
}

function toDeliveryError(cause: unknown, late: string, otherwise: string): DeliveryError {
  const isTimeout = cause instanceof Error && cause.name === 'TimeoutError'
  return new DeliveryError(`The data platform ${isTimeout ? late : otherwise}.`, { cause })
}

/** Throws `RangeError` as soon as the text is longer than `maxBytes`. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new RangeError(`The answer is longer than ${maxBytes} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
