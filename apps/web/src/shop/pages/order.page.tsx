import { isJumunError, type Order } from '@jumun/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { ForMember } from '../components/for-member.tsx'
import { OrderActions } from '../components/order-actions.tsx'
import { OrderStatusBadge } from '../components/order-status.tsx'
import { ReadProblem } from '../components/problem.tsx'
import { Lines } from '../order/components/lines.tsx'
import { orderFlow } from '../order/order-client.ts'
import { useOrderState } from '../order/order-state.ts'
import { queries } from '../queries.ts'
import { formatTime } from '../time.ts'
import { useTitle } from '../use-page.ts'

/** One order: what was ordered, what happened since, and what can be done. */
export function OrderPage({ orderId }: { orderId: string }) {
  useTitle(m.shop_order())
  return <ForMember>{() => <Content orderId={orderId} />}</ForMember>
}

function Content({ orderId }: { orderId: string }) {
  const { data: order, error, refetch } = useQuery(queries.order(orderId))
  if (isJumunError(error, 'ORDER_NOT_FOUND', 'BAD_REQUEST'))
    return (
      <div className="empty">
        <h1>{m.shop_no_such_order()}</h1>
        <Link href="/orders">{m.shop_see_orders()}</Link>
      </div>
    )
  if (!order)
    return error ? <ReadProblem error={error} onRetry={refetch} /> : <p className="loading muted">{m.shop_loading()}</p>
  return (
    <>
      <JustPlaced orderId={orderId} />
      <div className="order-heading">
        <h1>{m.shop_order()}</h1>
        <OrderStatusBadge status={order.status} />
      </div>
      <p className="muted small order-id">{order.id}</p>
      <div className="with-summary">
        <Lines
          lines={order.items.map(({ productId, name, unitPrice, quantity }) => ({
            productId,
            name,
            price: unitPrice,
            quantity,
          }))}
        />
        <section className="summary" aria-label={m.shop_what_happened()}>
          <OrderActions order={order} />
          <h2>{m.shop_what_happened()}</h2>
          <Timeline order={order} />
        </section>
      </div>
    </>
  )
}

/** Thanks once, right after the order. */
function JustPlaced({ orderId }: { orderId: string }) {
  const state = useOrderState()
  const isThis = state.step === 'placed' && state.orderId === orderId
  useEffect(() => () => orderFlow.dismiss(), [])
  return isThis ? (
    <p className="notice thanks" role="status">
      {m.shop_thanks()}
    </p>
  ) : null
}

function Timeline({ order }: { order: Order }) {
  const steps = [
    { at: order.createdAt, text: m.shop_was_placed() },
    ...(order.paidAt ? [{ at: order.paidAt, text: m.shop_was_paid() }] : []),
    ...(order.cancelledAt
      ? [{ at: order.cancelledAt, text: order.paidAt ? m.shop_was_cancelled_paid() : m.shop_was_cancelled() }]
      : []),
    ...(order.status === 'EXPIRED' && order.expiresAt ? [{ at: order.expiresAt, text: m.shop_was_expired() }] : []),
  ]
  return (
    <ol className="timeline">
      {steps.map(({ at, text }) => (
        <li key={text}>
          <strong>{text}</strong>
          <time className="muted block" dateTime={at}>
            {formatTime(at)}
          </time>
        </li>
      ))}
    </ol>
  )
}
