import { adminClient, type BenchApi } from './shop.ts'

const MEMBERS = 20
const POINTS = 1_000_000_000
const CANCELLED_SHARE = 0.05

/** A steady stream of orders, and their counts so far. */
export interface OrderTrickle extends AsyncDisposable {
  placed: number
  cancelled: number
  failed: number
}

/** Places orders of two products at a constant rate and cancels 5 % of them, until it is disposed. */
export async function startOrders(api: BenchApi, products: number, perSecond: number): Promise<OrderTrickle> {
  const { order, point } = await adminClient(api)
  const members = Array.from({ length: MEMBERS }, (_, index) => `trickle-${index}`)
  for (const memberId of members) await point.charge.mutate({ memberId, amount: POINTS })

  const pending = new Set<Promise<void>>()
  const placeOne = async () => {
    const items = [0, 1].map(() => ({ productId: Math.floor(products ** Math.random()), quantity: 1 }))
    const memberId = `trickle-${Math.floor(Math.random() * MEMBERS)}`
    try {
      const { id: orderId } = await order.place.mutate({ memberId, items })
      trickle.placed++
      if (Math.random() > CANCELLED_SHARE) return
      await order.cancel.mutate({ orderId })
      trickle.cancelled++
    } catch {
      trickle.failed++
    }
  }
  const timer = setInterval(() => {
    const one = placeOne().finally(() => pending.delete(one))
    pending.add(one)
  }, 1000 / perSecond)
  const trickle: OrderTrickle = {
    placed: 0,
    cancelled: 0,
    failed: 0,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await Promise.all(pending)
    },
  }
  return trickle
}

/** The counts in a sentence. */
export function describeTrickle({ placed, cancelled, failed }: OrderTrickle): string {
  return `Meanwhile ${placed} orders were placed and ${cancelled} cancelled; ${failed} calls failed`
}
