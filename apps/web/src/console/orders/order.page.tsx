import { isJumunError } from '@jumun/client'
import { useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { OrderStatusBadge } from '../components/badge.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import { usePageActions } from '../frame/actions.ts'
import { CancelOrder } from './cancel-order.tsx'
import { MemberLink, shortOrderId } from './order-columns.tsx'
import { DeliveryOfOrder } from './order-delivery.tsx'
import { OrderSteps } from './order-steps.tsx'
import { type OrderTimeline, useOrderTimeline } from './timeline-query.ts'

/** An order and all that is known of it, live. */
export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' })
  const { data, error, refetch } = useOrderTimeline(orderId)
  if (data) return <KnownOrder key={orderId} timeline={data} />
  return (
    <>
      <PageHead title={m.order_number({ id: shortOrderId(orderId) })} />
      {error === null && <Loading />}
      {isJumunError(error, 'ORDER_NOT_FOUND', 'BAD_REQUEST') ? (
        <EmptyState title={m.order_not_found()} />
      ) : (
        error && <ErrorState error={error} onRetry={() => void refetch()} />
      )}
    </>
  )
}

function KnownOrder({ timeline }: { timeline: OrderTimeline }) {
  const { order } = timeline
  const [isCancelling, setCancelling] = useState(false)
  const isCancellable = order.status === 'PAID' || order.status === 'PENDING_PAYMENT'
  usePageActions(
    useMemo(
      () =>
        isCancellable
          ? [{ id: 'cancel-order', label: m.order_cancel(), key: 'c', run: () => setCancelling(true) }]
          : [],
      [isCancellable],
    ),
  )
  return (
    <>
      <PageHead
        title={m.order_number({ id: shortOrderId(order.id) })}
        note={<OrderStatusBadge status={order.status} />}
      >
        {isCancellable && (
          <button type="button" className="button button-danger button-small" onClick={() => setCancelling(true)}>
            {m.order_cancel()}
          </button>
        )}
      </PageHead>
      <div className="order-page">
        <div className="stack">
          <Facts timeline={timeline} />
          <Lines timeline={timeline} />
        </div>
        <div className="stack">
          <OrderSteps steps={timeline.steps} />
          <DeliveryOfOrder timeline={timeline} />
        </div>
      </div>
      <CancelOrder order={order} isOpen={isCancelling} onClose={() => setCancelling(false)} />
    </>
  )
}

function Facts({ timeline: { order } }: { timeline: OrderTimeline }) {
  return (
    <section className="card" aria-label={m.order_facts()}>
      <dl className="facts">
        <dt>{m.order_id()}</dt>
        <dd className="mono">{order.id}</dd>
        <dt>{m.order_member()}</dt>
        <dd>
          <MemberLink memberId={order.memberId} />
        </dd>
        <dt>{m.order_placed_at()}</dt>
        <dd>
          <Time at={order.createdAt} />
        </dd>
        {order.status === 'PENDING_PAYMENT' && order.expiresAt && (
          <>
            <dt>{m.order_held_until()}</dt>
            <dd>
              <Time at={order.expiresAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}

function Lines({ timeline: { order } }: { timeline: OrderTimeline }) {
  return (
    <section className="card" aria-labelledby="order-lines">
      <h2 id="order-lines">{m.order_items()}</h2>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{m.order_product()}</th>
            <th scope="col" className="end">
              {m.order_unit_price()}
            </th>
            <th scope="col" className="end">
              {m.order_quantity()}
            </th>
            <th scope="col" className="end">
              {m.order_amount()}
            </th>
          </tr>
        </thead>
        <tbody>
          {order.items.map(({ productId, name, unitPrice, quantity, amount }) => (
            <tr key={productId}>
              <td>
                {name} <span className="muted small">#{productId}</span>
              </td>
              <td className="end">{formatMoney(unitPrice)}</td>
              <td className="end">{formatNumber(quantity)}</td>
              <td className="end">{formatMoney(amount)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              {m.order_total()}
            </th>
            <td className="end">{formatMoney(order.total)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  )
}
