import type { Order } from '@jumun/client'
import { useQueryClient } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { CallNotice } from '../components/call-notice.tsx'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { notify } from '../components/toasts.tsx'
import { useSureCall } from '../components/use-sure-call.ts'

/** Asks for a reason and cancels an order; its points and stock go back. */
export function CancelOrder({ order, isOpen, onClose }: { order: Order; isOpen: boolean; onClose: () => void }) {
  const queries = useQueryClient()
  const { state, run, reset } = useSureCall({
    name: `cancel:${order.id}`,
    call: (input: { orderId: string; reason?: string }) => jumun.order.cancel.mutate(input),
    onDone: () => {
      notify(m.order_was_cancelled())
      onClose()
      void queries.invalidateQueries({ queryKey: ['orders', 'timeline', order.id] })
    },
  })
  const close = () => {
    reset()
    onClose()
  }
  const isUnderWay = state.is === 'busy' || state.is === 'unknown'
  if (!isOpen) return state.is === 'unknown' ? <CallNotice state={state} /> : null
  return (
    <ConfirmDialog
      title={m.order_cancel_question()}
      description={
        order.status === 'PAID'
          ? m.order_cancel_returns({ memberId: order.memberId, total: formatMoney(order.total) })
          : m.order_cancel_unpaid()
      }
      confirmLabel={isUnderWay ? m.working() : m.order_cancel()}
      isDangerous
      withReason
      isBusy={isUnderWay}
      onConfirm={(reason) => run({ orderId: order.id, ...(reason && { reason }) })}
      onClose={close}
    >
      <CallNotice state={state} />
    </ConfirmDialog>
  )
}
