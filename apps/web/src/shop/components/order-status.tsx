import type { OrderStatus } from '@jumun/client'
import { m } from '../../messages/messages.js'

const texts: Record<OrderStatus, () => string> = {
  PENDING_PAYMENT: m.shop_status_pending,
  PAID: m.shop_status_paid,
  CANCELLED: m.shop_status_cancelled,
  EXPIRED: m.shop_status_expired,
}

/** Where an order stands, in words. */
export function OrderStatusBadge({ status }: { status: OrderStatus }) {
  return (
    <span className="status" data-status={status}>
      {texts[status]()}
    </span>
  )
}
