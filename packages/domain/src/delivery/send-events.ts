import { Webhook } from 'standardwebhooks'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { OutgoingEvent } from './outbox.ts'

const TOTAL_TIMEOUT_MS = 5_000

/** 500 ids with reasons fit many times over; anything longer is not an answer of the platform. */
const ANSWER_MAX_BYTES = 1_000_000

/** The external data platform. */
export interface DataPlatform {
  /** Base address; events go to `/v1/orders` below it. */
  url: string
  /** Standard Webhooks secret, `whsec_…`. */
  secret: string
}

const platformAnswer = z.object({
  accepted: z.array(z.string()),
  duplicates: z.array(z.string()),
  rejected: z.array(z.object({ id: z.string(), reason: z.string() })),
})

/** What the platform said of each event. */
export type PlatformAnswer = z.output<typeof platformAnswer>

/** A whole request that the platform did not take: it was not reached, or it refused, or its answer made no sense. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError'
  /** Whether the platform understood the request and refused it for what it holds: a smaller one may be taken. */
  readonly refused: boolean

  constructor(message: string, { refused = false, cause }: { refused?: boolean; cause?: unknown } = {}) {
    super(message, { cause })
    this.refused = refused
  }
}

/**
 * Sends events to the data platform in one request, signed as Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Takes 5 seconds at most and follows no redirect. Throws `DeliveryError`.
 *
 * @param events 1 to 500
 */
export async function sendEvents(platform: DataPlatform, events: OutgoingEvent[]): Promise<PlatformAnswer> {
  const body = JSON.stringify({ events })
  const response = await post(platform, body)
  if (response.status !== 200) {
    await response.body?.cancel()
    const refused = [400, 413, 422].includes(response.status)
    throw new DeliveryError(`The data platform answered ${response.status}.`, { refused })
  }
  return readAnswer(response)
}

async function post({ url, secret }: DataPlatform, body: string): Promise<Response> {
  const id = `msg_${uuidv7()}`
  const now = new Date()
  try {
    return await fetch(new URL('/v1/orders', url), {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TOTAL_TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, now, body),
      },
    })
  } catch (cause) {
    throw new DeliveryError('The data platform could not be reached.', { cause })
  }
}

async function readAnswer(response: Response): Promise<PlatformAnswer> {
  try {
    return platformAnswer.parse(JSON.parse(await readText(response)))
  } catch (cause) {
    throw new DeliveryError('The data platform gave an answer that is not one.', { cause })
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > ANSWER_MAX_BYTES) throw new RangeError(`The answer is longer than ${ANSWER_MAX_BYTES} bytes.`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
