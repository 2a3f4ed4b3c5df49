import type { Order } from '@jumun/client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { ForMember } from '../components/for-member.tsx'
import { OrderStatusBadge } from '../components/order-status.tsx'
import { ReadProblem } from '../components/problem.tsx'
import { TimeLeft } from '../components/time-left.tsx'
import { queries } from '../queries.ts'
import { formatTime } from '../time.ts'
import { useTitle } from '../use-page.ts'

/** The orders of a member, newest first. */
export function OrdersPage() {
  useTitle(m.orders())
  return (
    <>
      <h1>{m.orders()}</h1>
      <ForMember>{(memberId) => <Orders memberId={memberId} />}</ForMember>
    </>
  )
}

function Orders({ memberId }: { memberId: string }) {
  const { data, error, ...orders } = useInfiniteQuery(queries.orders(memberId))
  if (!data)
    return error ? (
      <ReadProblem error={error} onRetry={orders.refetch} />
    ) : (
      <p className="loading muted">{m.shop_loading()}</p>
    )
  const shown = data.pages.flatMap(({ items }) => items)
  if (shown.length === 0)
    return (
      <div className="empty">
        <p>{m.shop_no_orders()}</p>
        <Link className="button button-primary" href="/products">
          {m.shop_see_all()}
        </Link>
      </div>
    )
  return (
    <>
      <ul className="cards">
        {shown.map((order) => (
          <OrderCard key={order.id} order={order} />
        ))}
      </ul>
      {orders.isFetchNextPageError && <ReadProblem error={error} onRetry={orders.fetchNextPage} />}
      {orders.hasNextPage && !orders.isFetchNextPageError && (
        <button
          type="button"
          className="button more"
          aria-busy={orders.isFetchingNextPage}
          onClick={() => orders.fetchNextPage()}
        >
          {m.shop_show_more()}
        </button>
      )}
    </>
  )
}

function OrderCard({ order }: { order: Order }) {
  const [first] = order.items
  const others = order.items.length - 1
  return (
    <li>
      <Link className="order-card" href={`/order/${order.id}`}>
        {first && <Picture id={first.productId} name={first.name} />}
        <span className="line-text">
          <span className="product-name">
            {others > 0
              ? m.shop_name_and_others({ name: first?.name ?? '', count: formatNumber(others) })
              : first?.name}
          </span>
          <span className="muted">{formatTime(order.createdAt)}</span>
        </span>
        <span className="order-card-end">
          <strong>{formatMoney(order.total)}</strong>
          <span>
            <OrderStatusBadge status={order.status} />{' '}
            {order.status === 'PENDING_PAYMENT' && order.expiresAt && <TimeLeft until={order.expiresAt} />}
          </span>
        </span>
      </Link>
    </li>
  )
}
