import { issueToken } from '@jumun/api'
import type { BenchApi } from './shop.ts'

const MEMBERS = 20
const POINTS = 1_000_000_000
const CANCELLED_SHARE = 0.05

/** Orders that keep coming in, and how many so far. */
export interface OrderTrickle extends AsyncDisposable {
  placed: number
  cancelled: number
  failed: number
}

/** Places orders of two products over HTTP, evenly at a rate, and cancels a few of them, until it is disposed. */
export async function startOrders(options: BenchApi & { products: number; perSecond: number }): Promise<OrderTrickle> {
  const { url, authSecret, products, perSecond } = options
  const token = await issueToken(authSecret, { memberId: 'bench', role: 'admin', expiresInSeconds: 86_400 })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const call = async (method: string, path: string, body: object) => {
    const response = await fetch(`${url}/api${path}`, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
    return (await response.json()) as { id: string }
  }
  const members = Array.from({ length: MEMBERS }, (_, index) => `trickle-${index}`)
  for (const memberId of members) await call('PATCH', '/point/charge', { memberId, amount: POINTS })

  const waiting = new Set<Promise<void>>()
  const placeOne = async () => {
    const items = [0, 1].map(() => ({ productId: Math.floor(products ** Math.random()), quantity: 1 }))
    const memberId = members[Math.floor(Math.random() * MEMBERS)]
    try {
      const { id } = await call('POST', '/order', { memberId, items })
      trickle.placed++
      if (Math.random() > CANCELLED_SHARE) return
      await call('POST', `/order/${id}/cancel`, {})
      trickle.cancelled++
    } catch {
      trickle.failed++
    }
  }
  const timer = setInterval(() => {
    const one = placeOne().finally(() => waiting.delete(one))
    waiting.add(one)
  }, 1000 / perSecond)
  const trickle: OrderTrickle = {
    placed: 0,
    cancelled: 0,
    failed: 0,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.all(waiting)
    },
  }
  return trickle
}
