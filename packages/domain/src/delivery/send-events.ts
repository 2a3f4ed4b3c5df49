import { randomUUIDv7 } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { discardBody, isTimeout, readText, toEndpoint } from './http.ts'

/** Twice the size of 500 ids with their reasons; anything longer is not a valid answer. */
const ANSWER_MAX_BYTES = 256_000

/** Statuses with which the platform refuses the content of a request. */
const REFUSED_STATUSES = [400, 413, 422]

/** The external data platform. */
export interface DataPlatform {
  /** Base address; events go to `/v1/orders` below it. */
  url: string
  /** Standard Webhooks secret, `whsec_…`. */
  secret: string
  /** The time limit of all requests of one batch together; default 5,000. */
  timeoutMs?: number
}

const platformAnswer = z.object({
  accepted: z.array(z.string()),
  duplicates: z.array(z.string()),
  rejected: z.array(z.object({ id: z.string(), reason: z.string() })),
})

/** What the platform answered for each event. */
export type PlatformAnswer = z.output<typeof platformAnswer>

/** A whole request failed: the platform was not reached, or refused it, or its answer is not valid. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  /** Whether the platform refused the request because of its content: a smaller request may be accepted. */
  readonly refused: boolean

  constructor(message: string, { refused = false, cause }: { refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.refused = refused
  }
}

/**
 * Sends events to the data platform in one request, signed as Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Follows no redirect. Throws `DeliveryError`.
 *
 * @param events 1 to 500, each as JSON
 * @param signal aborts the request at any stage
 */
export async function sendEvents(
  platform: DataPlatform,
  events: string[],
  signal: AbortSignal,
): Promise<PlatformAnswer> {
  const response = await post(platform, `{"events":[${events.join(',')}]}`, signal)
  if (response.status !== 200) {
    await discardBody(response)
    throw new DeliveryError(`The data platform answered ${response.status}.`, {
      refused: REFUSED_STATUSES.includes(response.status),
    })
  }
  return readAnswer(response)
}

async function post({ url, secret }: DataPlatform, body: string, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', ...sign(secret, body) }
  try {
    return await fetch(toEndpoint(url, '/v1/orders'), { method: 'POST', headers, body, redirect: 'manual', signal })
  } catch (cause) {
    const reason = isTimeout(cause) ? 'did not answer in time' : 'could not be reached'
    throw new DeliveryError(`The data platform ${reason}.`, { cause })
  }
}

function sign(secret: string, body: string): Record<string, string> {
  const id = `msg_${randomUUIDv7()}`
  const now = new Date()
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, now, body),
  }
}

async function readAnswer(response: Response): Promise<PlatformAnswer> {
  try {
    return platformAnswer.parse(JSON.parse(await readText(response, ANSWER_MAX_BYTES)))
  } catch (cause) {
    const reason = isTimeout(cause) ? 'did not finish its answer in time' : 'gave an answer that is not one'
    throw new DeliveryError(`The data platform ${reason}.`, { cause })
  }
}
