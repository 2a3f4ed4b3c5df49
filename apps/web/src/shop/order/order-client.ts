import { createJumunClient } from '@jumun/client'
import { learnServerTime } from '../../shared/server-clock.ts'
import { readSession } from '../../shared/session.ts'
import { takeOutOfCart } from '../cart.ts'
import { queryClient } from '../query-client.ts'
import { OrderFlow, type Trouble } from './order-flow.ts'
import { orderState } from './order-state.ts'
import { orderOfTab, orderStorageOfBrowser } from './order-storage-of-browser.ts'

/** One order at a time in all tabs. */
const LOCK = 'jumun-order'

/** The callback for failed attempts of the order in flight, which the client retries by itself for a while. */
let onTrouble: ((trouble: Trouble) => void) | undefined

const orders = createJumunClient({
  url: location.origin,
  fetch: async (...request) => {
    const response = await fetch(...request).catch((error: unknown) => {
      onTrouble?.({ isUnknown: true, retryMs: undefined })
      throw error
    })
    learnServerTime(response)
    const { status, headers } = response
    if (status === 429 || status >= 500)
      onTrouble?.({ isUnknown: status !== 429, retryMs: Number(headers.get('retry-after') ?? 0) * 1_000 || undefined })
    return response
  },
})

/** The order of this page. */
export const orderFlow = new OrderFlow({
  storage: orderStorageOfBrowser,
  tab: orderOfTab,
  currentMember: async () => (await readSession()).session?.memberId ?? null,
  async send({ memberId, lines, payment, expectedTotal, key }, report) {
    onTrouble = report
    try {
      const items = lines.map(({ productId, quantity }) => ({ productId, quantity }))
      return await orders.order.place.mutate({ memberId, items, payment, expectedTotal, idempotencyKey: key })
    } finally {
      onTrouble = undefined
    }
  },
  // A failure is ignored: products that stay in the cart hold no stock, and the order does not depend on them.
  afterPlaced: ({ memberId, cartProducts }) => takeOutOfCart(memberId, cartProducts).catch(() => {}),
  // For every page, because the member may have left the order's page by then.
  afterFinished: () => void queryClient.invalidateQueries({ predicate: ({ queryKey: [area] }) => area !== 'session' }),
  exclusively: (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work()),
  wait,
  now: Date.now,
  newKey: () =>
    Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16).padStart(8, '0')).join(''),
})

orderFlow.subscribe(() => orderState.show(orderFlow.state()))

/** Waits, but not longer than until the network is back. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
}
