import { createHmac, randomUUID } from 'node:crypto'
import type { Stats } from '../src/storage.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 'mock').toString('base64')}`

/** A well-formed event of a new order. `fields` replaces some of its fields. */
export function orderEvent(fields: Record<string, unknown> = {}) {
  const orderId = randomUUID()
  return {
    id: randomUUID(),
    type: 'order.paid',
    orderId,
    version: 1,
    occurredAt: '2025-01-02T03:04:05.678Z',
    order: { id: orderId, memberId: 'kim', total: 12_000 },
    ...fields,
  }
}

export function nowInSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}

/** Signs as Standard Webhooks specifies, without the library that the platform verifies with. */
export function sign(body: string, { id = 'msg_1', timestamp = nowInSeconds(), secret = SECRET } = {}) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}

/** Reads the counters of the platform. */
export async function fetchStats(url: string): Promise<Stats> {
  return (await (await fetch(`${url}/v1/stats`)).json()) as Stats
}

/** A signed `POST /v1/orders`. Content that is not a string is sent as JSON. */
export function signedPost(url: string, content: unknown, headers: Record<string, string> = {}): Request {
  const body = typeof content === 'string' ? content : JSON.stringify(content)
  return new Request(`${url}/v1/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...sign(body), ...headers },
    body,
    redirect: 'manual',
  })
}
