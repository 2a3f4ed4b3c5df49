import type { Order } from '@jumun/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import { m } from '../../messages/messages.js'
import { gatherReads } from '../../shared/gathered-reads.ts'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { COLUMNS_OF_MEMBER } from '../orders/order-columns.tsx'
import { isOfOrder } from '../orders/orders-query.ts'

const rowId = ({ id }: Order) => id

/** The newest orders of a member. */
export function OrdersOfMember({ memberId }: { memberId: string }) {
  const navigate = useNavigate()
  const { data, error, isPending, refetch } = useOrdersOfMember(memberId)
  const open = useCallback(
    ({ id }: Order) => void navigate({ to: '/orders/$orderId', params: { orderId: id } }),
    [navigate],
  )
  return (
    <section className="card" aria-labelledby="member-orders">
      <h2 id="member-orders">{m.orders()}</h2>
      {isPending && <Loading rows={3} />}
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && data.items.length > 0 && (
        <DataTable
          label={m.orders()}
          columns={COLUMNS_OF_MEMBER}
          rows={data.items}
          rowId={rowId}
          onOpen={open}
          height="part"
        />
      )}
      {data?.items.length === 0 && <EmptyState title={m.member_no_orders()} />}
      {data?.nextCursor && (
        <p>
          <Link to="/orders" search={{ member: memberId }}>
            {m.member_all_orders()}
          </Link>
        </p>
      )}
    </section>
  )
}

function useOrdersOfMember(memberId: string) {
  const queries = useQueryClient()
  useEffect(() => {
    const reads = gatherReads(queries)
    const stop = onLiveEvent((event) => {
      if (event.type !== 'change' || !isOfOrder(event.change) || event.change.data.order.memberId !== memberId) return
      reads.stale('orders', 'of', memberId)
    })
    return () => {
      stop()
      reads.stop()
    }
  }, [queries, memberId])
  return useQuery({
    queryKey: ['orders', 'of', memberId],
    queryFn: ({ signal }) => jumun.order.list.query({ memberId }, { signal }),
  })
}
