import type { Order } from '@jumun/client'
import { Link } from '@tanstack/react-router'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { OrderStatusBadge } from '../components/badge.tsx'
import type { Column } from '../components/table-model.ts'

/** Links to the page of an order. */
export function OrderLink({ orderId }: { orderId: string }) {
  return (
    <Link to="/orders/$orderId" params={{ orderId }} className="mono" title={orderId}>
      {shortOrderId(orderId)}
    </Link>
  )
}

/** The beginning of an order id tells its time, and only the end tells orders of one moment apart. */
export function shortOrderId(orderId: string): string {
  return `${orderId.slice(0, 4)}…${orderId.slice(-6)}`
}

/** Links to the page of a member. */
export function MemberLink({ memberId }: { memberId: string }) {
  return (
    <Link to="/members/$memberId" params={{ memberId }}>
      {memberId}
    </Link>
  )
}

const member: Column<Order> = {
  id: 'member',
  header: m.order_member(),
  cell: ({ memberId }) => <MemberLink memberId={memberId} />,
  isWideOnly: true,
}

/** The columns of a list of orders of one member. */
export const COLUMNS_OF_MEMBER: readonly Column<Order>[] = [
  { id: 'id', header: m.order(), cell: ({ id }) => <OrderLink orderId={id} />, width: 114 },
  { id: 'status', header: m.order_status(), cell: ({ status }) => <OrderStatusBadge status={status} />, width: 116 },
  { id: 'items', header: m.order_items(), cell: describeItems, isWideOnly: true },
  { id: 'total', header: m.order_total(), cell: ({ total }) => formatMoney(total), align: 'end', width: 108 },
  {
    id: 'createdAt',
    header: m.order_placed_at(),
    cell: ({ createdAt }) => <Time at={createdAt} />,
    width: 210,
    isWideOnly: true,
  },
]

/** The columns of a list of orders of all members. */
export const COLUMNS: readonly Column<Order>[] = COLUMNS_OF_MEMBER.toSpliced(2, 0, member)

function describeItems({ items }: Order): string {
  const [first] = items
  if (!first) return ''
  const rest = items.length - 1
  const line = `${first.name} × ${formatNumber(first.quantity)}`
  return rest > 0 ? m.order_and_more({ line, rest: formatNumber(rest) }) : line
}
