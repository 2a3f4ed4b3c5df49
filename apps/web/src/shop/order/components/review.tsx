import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { m } from '../../../messages/messages.js'
import { formatMoney } from '../../../shared/format.ts'
import { queries } from '../../queries.ts'
import { orderFlow } from '../order-client.ts'
import { type OrderDraft, totalOf } from '../stored-order.ts'
import { ChargeDifference } from './charge-difference.tsx'
import { Lines } from './lines.tsx'

/** What will be ordered, what it costs, and the button that orders it. */
export function Review(draft: Omit<OrderDraft, 'payment'>) {
  const [payment, setPayment] = useState<OrderDraft['payment']>('now')
  const { data: balance } = useQuery(queries.balance(draft.memberId))
  const total = totalOf(draft.lines)
  return (
    <div className="with-summary">
      <Lines lines={draft.lines} />
      <section className="summary" aria-label={m.shop_payment()}>
        <fieldset className="choices">
          <legend>{m.shop_payment()}</legend>
          <Choice
            value="now"
            chosen={payment}
            onChoose={setPayment}
            title={m.shop_pay_now()}
            text={m.shop_pay_now_text()}
          />
          <Choice
            value="later"
            chosen={payment}
            onChoose={setPayment}
            title={m.shop_pay_later()}
            text={m.shop_pay_later_text()}
          />
        </fieldset>
        <dl className="sums">
          <dt>{m.shop_balance_now()}</dt>
          <dd>{balance === undefined ? '–' : formatMoney(balance)}</dd>
          <dt>{m.shop_total()}</dt>
          <dd>{formatMoney(-total)}</dd>
          <dt>{m.shop_balance_after()}</dt>
          <dd data-bad={balance !== undefined && payment === 'now' && balance < total}>
            <strong>{balance === undefined ? '–' : formatMoney(payment === 'now' ? balance - total : balance)}</strong>
          </dd>
        </dl>
        {payment === 'now' && balance !== undefined && balance < total && (
          <ChargeDifference memberId={draft.memberId} balance={balance} required={total} />
        )}
        <button
          type="button"
          className="button button-primary"
          onClick={() => void orderFlow.start({ ...draft, payment })}
        >
          {payment === 'now' ? m.shop_order_and_pay({ total: formatMoney(total) }) : m.shop_order_pay_later()}
        </button>
      </section>
    </div>
  )
}

interface ChoiceProps {
  value: OrderDraft['payment']
  chosen: OrderDraft['payment']
  onChoose: (value: OrderDraft['payment']) => void
  title: string
  text: string
}

function Choice({ value, chosen, onChoose, title, text }: ChoiceProps) {
  return (
    <label className="choice">
      <input type="radio" name="payment" value={value} checked={chosen === value} onChange={() => onChoose(value)} />
      <span>
        <strong>{title}</strong>
        <span className="muted small block">{text}</span>
      </span>
    </label>
  )
}
