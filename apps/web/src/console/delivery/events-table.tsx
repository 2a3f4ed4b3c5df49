import type { OutboxEvent } from '@jumun/client'
import { useCallback, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { DataTable } from '../components/data-table.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import type { Column } from '../components/table-model.ts'
import { OrderLink } from '../orders/order-columns.tsx'
import { useEvents } from './outbox-query.ts'
import { reasonText } from './replay-dialog.tsx'

const COLUMNS: readonly Column<OutboxEvent>[] = [
  { id: 'order', header: m.order(), cell: ({ orderId }) => <OrderLink orderId={orderId} />, width: 120 },
  {
    id: 'type',
    header: m.delivery_type(),
    cell: ({ type, version }) => <span className="mono">{`${type} v${version}`}</span>,
    width: 160,
    isWideOnly: true,
  },
  { id: 'reason', header: m.delivery_reason(), cell: ({ reason }) => (reason === null ? '–' : reasonText(reason)) },
  {
    id: 'attempts',
    header: m.delivery_attempts(),
    cell: ({ attempts }) => formatNumber(attempts),
    align: 'end',
    width: 90,
    isWideOnly: true,
  },
  { id: 'since', header: m.delivery_since(), cell: ({ since }) => <Time at={since} />, width: 210, isWideOnly: true },
]

const rowId = ({ id }: OutboxEvent) => id

interface EventsTableProps {
  state: 'dead' | 'waiting'
  reason: string | undefined
  onOpen: (event: OutboxEvent) => void
}

/** The events of one state. */
export function EventsTable({ state, reason, onOpen }: EventsTableProps) {
  const found = useEvents(state, reason)
  const events = useMemo(() => found.data?.pages.flatMap(({ items }) => items) ?? [], [found.data])
  const { hasNextPage, isFetching, fetchNextPage } = found
  const readMore = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  if (found.isPending) return <Loading rows={8} />
  if (found.isError) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />
  if (events.length === 0) {
    return (
      <EmptyState title={state === 'dead' ? m.delivery_no_dead() : m.delivery_none_waiting()}>
        {state === 'dead' ? m.delivery_dead_explained() : m.delivery_waiting_explained()}
      </EmptyState>
    )
  }
  return (
    <DataTable
      label={m.delivery_events()}
      columns={COLUMNS}
      rows={events}
      rowId={rowId}
      onOpen={onOpen}
      onEndReached={readMore}
      isLoadingMore={found.isFetchingNextPage}
      height="part"
      isMain
    />
  )
}
