import type { Order } from '@jumun/client'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { usePageActions } from '../frame/actions.ts'
import { COLUMNS } from '../orders/order-columns.tsx'
import { useTail } from './use-tail.ts'

const rowId = ({ id }: Order) => id

/** The last orders as they come, and a way to hold them still. */
export function OrderTail() {
  const [isPaused, setPaused] = useState(false)
  const { orders, missed, isPending, error, retry } = useTail(isPaused)
  const navigate = useNavigate()
  const open = useCallback(
    ({ id }: Order) => void navigate({ to: '/orders/$orderId', params: { orderId: id } }),
    [navigate],
  )
  const label = isPaused ? m.now_resume() : m.now_pause()
  usePageActions(useMemo(() => [{ id: 'pause', label, key: ' ', run: () => setPaused((paused) => !paused) }], [label]))
  return (
    <section className="stack" aria-labelledby="tail">
      <div className="section-head">
        <h2 id="tail">{m.now_tail()}</h2>
        <span className="muted small" role="status">
          {isPaused && m.now_paused({ count: formatNumber(missed) })}
        </span>
        <button type="button" className="button button-small" onClick={() => setPaused(!isPaused)}>
          {label} <kbd>{m.key_space()}</kbd>
        </button>
      </div>
      {isPending && error === null && <Loading rows={8} />}
      {error !== null && <ErrorState error={error} onRetry={() => void retry()} />}
      {orders.length > 0 && (
        <DataTable
          label={m.now_tail()}
          columns={COLUMNS}
          rows={orders}
          rowId={rowId}
          onOpen={open}
          height="part"
          isMain
        />
      )}
      {!isPending && error === null && orders.length === 0 && (
        <EmptyState title={m.now_tail_empty()}>{m.now_tail_hint()}</EmptyState>
      )}
    </section>
  )
}
