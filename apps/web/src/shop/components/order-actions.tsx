import { isJumunError, JumunError, type Order } from '@jumun/client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { ChargeDifference } from '../order/components/charge-difference.tsx'
import { queries } from '../queries.ts'
import { TimeLeft } from './time-left.tsx'

/**
 * Pays or cancels an order. Both can be repeated: an order is paid once and cancelled once, and the order that is read again says
 * whether it was.
 */
export function OrderActions({ order }: { order: Order }) {
  const { id: orderId, status, total, expiresAt } = order
  const show = useShowOrder(orderId)
  const pay = useMutation({ mutationFn: () => jumun.payment.pay.mutate({ orderId }), ...show })
  const cancel = useMutation({ mutationFn: () => jumun.order.cancel.mutate({ orderId }), ...show })
  if (status !== 'PENDING_PAYMENT' && status !== 'PAID') return null
  const short = isJumunError(pay.error, 'INSUFFICIENT_POINTS') ? pay.error.details : undefined
  return (
    <div className="stack order-actions">
      {status === 'PENDING_PAYMENT' && expiresAt && (
        <>
          <p className="notice warn">
            {m.shop_pay_within()} <TimeLeft until={expiresAt} />
          </p>
          {short && <ChargeDifference memberId={order.memberId} {...short} onCharged={() => pay.mutate()} />}
          <button type="button" className="button button-primary" disabled={pay.isPending} onClick={() => pay.mutate()}>
            {m.shop_pay_amount({ total: formatMoney(total) })}
          </button>
        </>
      )}
      {!short && <ActionProblem error={pay.error ?? cancel.error} />}
      <CancelButton order={order} isPending={cancel.isPending} onCancel={() => cancel.mutate()} />
    </div>
  )
}

/** Shows what the shop answered; without an answer, what has become of the order. */
function useShowOrder(orderId: string) {
  const client = useQueryClient()
  return {
    onSuccess: (order: Order) => client.setQueryData(queries.order(orderId).queryKey, order),
    onSettled: () => {
      for (const area of ['orders', 'points']) void client.invalidateQueries({ queryKey: [area] })
    },
  }
}

function ActionProblem({ error }: { error: Error | null }) {
  if (!error) return null
  const isUnknown = !(error instanceof JumunError) || error.isOutcomeUnknown
  return (
    <p className="notice warn" role="alert">
      {isUnknown ? m.shop_action_unknown() : m.shop_action_refused()}
    </p>
  )
}

function CancelButton({ order, isPending, onCancel }: { order: Order; isPending: boolean; onCancel: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  return (
    <>
      <button
        type="button"
        className="button button-danger"
        disabled={isPending}
        onClick={() => dialog.current?.showModal()}
      >
        {m.shop_cancel_order()}
      </button>
      <dialog ref={dialog} className="dialog" aria-labelledby="cancel-title">
        <h2 id="cancel-title">{m.shop_cancel_order_question()}</h2>
        <p>
          {order.status === 'PAID'
            ? m.shop_cancel_paid_text({ total: formatMoney(order.total) })
            : m.shop_cancel_unpaid_text()}
        </p>
        <form method="dialog" className="actions">
          <button type="submit" className="button">
            {m.shop_keep_order()}
          </button>
          <button type="submit" className="button button-danger" onClick={onCancel}>
            {m.shop_cancel_order()}
          </button>
        </form>
      </dialog>
    </>
  )
}
