import { randomUUIDv7 } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { z } from 'zod'
import { callPlatform, type DataPlatform } from './data-platform.ts'

/** Twice the size of 500 ids with their reasons; anything longer is not a valid answer. */
const ANSWER_MAX_BYTES = 256_000

const platformAnswer = z.object({
  accepted: z.array(z.string()),
  duplicates: z.array(z.string()),
  rejected: z.array(z.object({ id: z.string(), reason: z.string() })),
})

/** What the platform answered for each event. */
export type PlatformAnswer = z.output<typeof platformAnswer>

/**
 * Sends events to the data platform in one request, signed as Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 * Follows no redirect. Throws `DeliveryError`.
 *
 * @param events 1 to 500, each as JSON
 * @param signal aborts the request at any stage
 */
export async function sendEvents(
  { url, secret }: DataPlatform,
  events: string[],
  signal: AbortSignal,
  moreHeaders: Record<string, string> = {},
): Promise<PlatformAnswer> {
  const body = `{"events":[${events.join(',')}]}`
  const headers = { ...moreHeaders, 'content-type': 'application/json', ...sign(secret, body) }
  const expected = { schema: platformAnswer, maxBytes: ANSWER_MAX_BYTES }
  return callPlatform({ url, method: 'POST', headers, body, signal }, expected)
}

function sign(secret: string, body: string): Record<string, string> {
  const id = `msg_${randomUUIDv7()}`
  const now = new Date()
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secret
      .split(' ')
      .map((one) => new Webhook(one).sign(id, now, body))
      .join(' '),
  }
}
