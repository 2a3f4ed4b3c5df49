import { isJumunError, type JumunError } from '@jumun/client'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { m } from '../../../messages/messages.js'
import { formatMoney, formatNumber } from '../../../shared/format.ts'
import { linesLeft } from '../adjust-order.ts'
import { orderAgain } from '../order-again.ts'
import { orderFlow } from '../order-client.ts'
import { type OrderLine, type StoredOrder, totalOf } from '../stored-order.ts'
import { ChargeDifference } from './charge-difference.tsx'
import { PriceChanged } from './price-changed.tsx'

interface Props {
  order: StoredOrder
  refusal: JumunError
}

/** Why an order was not placed, and what can be done. */
export function Refused({ order, refusal }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  return (
    <section className="refused stack" aria-labelledby="refused">
      <h2 id="refused" ref={heading} tabIndex={-1}>
        {m.shop_not_ordered()}
      </h2>
      <Reason order={order} refusal={refusal} />
      <button type="button" className="button button-quiet" onClick={() => orderFlow.dismiss()}>
        {m.shop_back_to_checkout()}
      </button>
    </section>
  )
}

function Reason({ order, refusal }: Props) {
  const left = linesLeft(order, refusal)
  if (left) return <Shortage order={order} left={left} />
  if (isJumunError(refusal, 'PRICE_CHANGED')) return <PriceChanged order={order} total={refusal.details.total} />
  if (isJumunError(refusal, 'INSUFFICIENT_POINTS'))
    return (
      <ChargeDifference
        memberId={order.memberId}
        {...refusal.details}
        onCharged={() => orderAgain(order, order.lines)}
      />
    )
  if (isJumunError(refusal, 'TOO_MANY_UNPAID_ORDERS'))
    return (
      <p className="notice warn">
        {m.shop_too_many_unpaid({ limit: formatNumber(refusal.details.limit) })}{' '}
        <Link href="/orders">{m.shop_see_orders()}</Link>
      </p>
    )
  return (
    <p className="notice bad">{m.shop_order_refused({ code: refusal.code, requestId: refusal.requestId ?? '–' })}</p>
  )
}

function Shortage({ order, left }: { order: StoredOrder; left: OrderLine[] }) {
  const now = new Map(left.map(({ productId, quantity }) => [productId, quantity]))
  const short = order.lines.filter(({ productId, quantity }) => now.get(productId) !== quantity)
  const [only] = short
  const isOne = short.length === 1 && order.lines.length === 1 && left.length === 1
  return (
    <>
      <ul className="notice warn shortages">
        {short.map(({ productId, name, quantity }) => (
          <li key={productId}>
            {now.has(productId)
              ? m.shop_short_of({
                  name,
                  requested: formatNumber(quantity),
                  count: formatNumber(now.get(productId) ?? 0),
                })
              : m.shop_none_left({ name })}
          </li>
        ))}
      </ul>
      {left.length > 0 ? (
        <button type="button" className="button button-primary" onClick={() => orderAgain(order, left)}>
          {isOne && only
            ? m.shop_order_left_of_one({
                count: formatNumber(now.get(only.productId) ?? 0),
                total: formatMoney(totalOf(left)),
              })
            : m.shop_order_left({ total: formatMoney(totalOf(left)) })}
        </button>
      ) : (
        <Link className="button button-primary" href="/products" onClick={() => orderFlow.dismiss()}>
          {m.shop_see_all()}
        </Link>
      )}
    </>
  )
}
