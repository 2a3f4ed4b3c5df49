import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { ITEMS } from './options.ts'

const ORDERS_PER_SECOND = 8
const PATIENCE_MS = 10_000

/** What a victim experienced. */
export interface VictimFigures {
  /** The latency of each order, in milliseconds. */
  latencies: number[]
  /** How many of the orders were not placed. */
  refused: number
  /** The status or error of the first order that was not placed. */
  reason?: string
}

/** Places orders of one item at a constant rate, whether or not the earlier ones are answered. */
export async function runVictim(
  { url, memberId, token }: { url: string; memberId: string; token: string },
  seconds: number,
): Promise<VictimFigures> {
  const latencies: number[] = []
  const reasons: string[] = []
  const placeOne = async () => {
    const productId = 1 + Math.floor(Math.random() * ITEMS)
    const start = performance.now()
    try {
      const { statusCode, body } = await request(`${url}/api/order`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ memberId, items: [{ productId, quantity: 1 }] }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const text = await body.text()
      if (statusCode !== 201) reasons.push(`${statusCode} ${text.slice(0, 200)}`)
    } catch (error) {
      reasons.push(String(error))
    }
    latencies.push(performance.now() - start)
  }
  const pending: Promise<void>[] = []
  const start = performance.now()
  for (let sent = 0; sent < seconds * ORDERS_PER_SECOND; sent++) {
    await sleep(Math.max(0, start + (sent * 1_000) / ORDERS_PER_SECOND - performance.now()))
    pending.push(placeOne())
  }
  await Promise.all(pending)
  const [reason] = reasons
  return {
    latencies,
    refused: reasons.length,
    ...(reason !== undefined && { reason }),
  }
}
