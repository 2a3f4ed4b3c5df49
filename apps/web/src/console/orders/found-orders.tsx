import type { Order } from '@jumun/client'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { COLUMNS } from './order-columns.tsx'
import type { FoundOrdersQuery } from './orders-query.ts'

interface FoundOrdersProps {
  found: FoundOrdersQuery
  hasFilter: boolean
  onClear: () => void
}

const rowId = ({ id }: Order) => id

/** The orders that match, and what to do where there are none, or not yet. */
export function FoundOrders({ found, hasFilter, onClear }: FoundOrdersProps) {
  const navigate = useNavigate()
  const orders = useMemo(() => found.data?.pages.flatMap(({ items }) => items) ?? [], [found.data])
  const open = useCallback(
    ({ id }: Order) => void navigate({ to: '/orders/$orderId', params: { orderId: id } }),
    [navigate],
  )
  const { hasNextPage, isFetching, fetchNextPage } = found
  const readMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  if (found.isPending) return <Loading rows={10} />
  if (found.isError && orders.length === 0) {
    return <ErrorState error={found.error} onRetry={() => void found.refetch()} />
  }
  return (
    <>
      {orders.length > 0 ? (
        <DataTable
          label={m.orders()}
          columns={COLUMNS}
          rows={orders}
          rowId={rowId}
          onOpen={open}
          onEndReached={readMore}
          isLoadingMore={found.isFetchingNextPage}
          isMain
        />
      ) : (
        <EmptyState title={hasFilter ? m.order_none_match() : m.order_none()}>
          {hasFilter && (
            <button type="button" className="button button-small" onClick={onClear}>
              {m.clear_filters()}
            </button>
          )}
        </EmptyState>
      )}
      {found.isError && <ErrorState error={found.error} onRetry={() => void fetchNextPage()} />}
      <div className="table-foot">
        {/* A search reads only so many orders at a time, so a page may end before anything was found. */}
        {hasNextPage && (
          <button type="button" className="button button-small" onClick={readMore} disabled={isFetching}>
            {isFetching ? m.loading() : m.order_search_older()}
          </button>
        )}
      </div>
    </>
  )
}
