import { useQueries } from '@tanstack/react-query'
import { m } from '../../../messages/messages.js'
import { formatMoney } from '../../../shared/format.ts'
import { queries } from '../../queries.ts'
import { orderAgain } from '../order-again.ts'
import { type StoredOrder, totalOf } from '../stored-order.ts'

/** Both prices of each product that has another one now, both totals, and the question. */
export function PriceChanged({ order, total }: { order: StoredOrder; total: number }) {
  const read = useQueries({
    queries: order.lines.map(({ productId }) => ({
      ...queries.product(productId),
      staleTime: 0,
      refetchOnMount: 'always' as const,
    })),
  })
  const prices = new Map(read.map(({ data }) => [data?.id, data?.price]))
  const lines = order.lines.map((line) => ({ ...line, price: prices.get(line.productId) ?? line.price }))
  // Only the first read disables the button: if each later read did, the member's click could be lost.
  const isReading = read.some(({ isFetchedAfterMount }) => !isFetchedAfterMount)
  return (
    <>
      <div className="notice warn stack">
        <p>{m.shop_price_changed({ before: formatMoney(order.expectedTotal), now: formatMoney(total) })}</p>
        <ul>
          {order.lines.map(({ productId, name, price }) => {
            const now = prices.get(productId)
            return now === undefined || now === price ? null : (
              <li key={productId}>
                {name}: <s>{formatMoney(price)}</s> <strong>{formatMoney(now)}</strong>
              </li>
            )
          })}
        </ul>
      </div>
      <button
        type="button"
        className="button button-primary"
        disabled={isReading}
        onClick={() => orderAgain(order, lines)}
      >
        {m.shop_order_at_new_price({ total: formatMoney(isReading ? total : totalOf(lines)) })}
      </button>
    </>
  )
}
