import { m } from '../../messages/messages.js'
import { formatMoney, formatMoneyChange, formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { MemberLink } from './order-columns.tsx'
import type { OrderStep } from './timeline-query.ts'

const LABELS: Record<OrderStep['type'], () => string> = {
  placed: m.order_step_placed,
  stockHeld: m.order_step_stock_held,
  pointsTaken: m.order_step_points_taken,
  paid: m.order_step_paid,
  cancelled: m.order_step_cancelled,
  expired: m.order_step_expired,
  pointsReturned: m.order_step_points_returned,
  stockReturned: m.order_step_stock_returned,
}

const TONES: Partial<Record<OrderStep['type'], string>> = { paid: 'good', cancelled: 'bad', expired: 'bad' }

/** What happened to an order, the oldest first. */
export function OrderSteps({ steps }: { steps: readonly OrderStep[] }) {
  return (
    <section className="card" aria-labelledby="order-steps">
      <h2 id="order-steps">{m.order_timeline()}</h2>
      <ol className="timeline">
        {steps.map((step) => (
          <li key={`${step.type} ${step.at}`} className={TONES[step.type]}>
            <div className="timeline-head">
              <strong>{LABELS[step.type]()}</strong>
              <Time at={step.at} className="muted small" />
            </div>
            <Details step={step} />
          </li>
        ))}
      </ol>
    </section>
  )
}

function Details({ step: { entry, units, actor, reason } }: { step: OrderStep }) {
  return (
    <>
      {entry && (
        <p className="small">
          {formatMoneyChange(entry.amount)} → {formatMoney(entry.balanceAfter)}{' '}
          <span className="muted">{m.order_step_entry({ id: formatNumber(entry.id) })}</span>
        </p>
      )}
      {units !== null && <p className="small">{m.order_step_units({ count: formatNumber(units) })}</p>}
      {actor && (
        <p className="small muted">
          {m.order_step_by()} <MemberLink memberId={actor} />
        </p>
      )}
      {reason && <p className="small step-reason">{reason}</p>}
    </>
  )
}
