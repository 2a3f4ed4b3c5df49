import type { OrderStatus } from '@jumun/client'
import type { ReactNode } from 'react'
import { m } from '../../messages/messages.js'

export type Tone = 'good' | 'warn' | 'bad' | 'plain'

/** A state in one word, told by its text and not only by its colour. */
export function Badge({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>
}

const TONES: Record<OrderStatus, Tone> = { PENDING_PAYMENT: 'warn', PAID: 'good', CANCELLED: 'bad', EXPIRED: 'plain' }

export function OrderStatusBadge({ status }: { status: OrderStatus }) {
  return <Badge tone={TONES[status]}>{orderStatusLabel(status)}</Badge>
}

/** The status of an order in the language of the page. */
export function orderStatusLabel(status: OrderStatus): string {
  const labels = {
    PENDING_PAYMENT: m.status_pending_payment,
    PAID: m.status_paid,
    CANCELLED: m.status_cancelled,
    EXPIRED: m.status_expired,
  }
  return labels[status]()
}
