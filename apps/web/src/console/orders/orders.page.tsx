import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'

import { PageHead } from '../components/toolbar.tsx'
import { ExportButton } from './export-button.tsx'
import { FoundOrders } from './found-orders.tsx'

import { OrderFilters } from './order-filters.tsx'
import { type OrderSearch, toOrderFilter } from './order-search.ts'
import { OrderViews } from './order-views.tsx'
import { useFoundOrders, useNewOrders } from './orders-query.ts'

const ROUTE = '/orders'

/** Orders of every member: filters in the URL, views, export. */
export function OrdersPage() {
  const search = useSearch({ from: ROUTE })
  const navigate = useNavigate()
  const setSearch = useCallback(
    (change: Partial<Record<keyof OrderSearch, OrderSearch[keyof OrderSearch] | undefined>>) =>
      void navigate({ to: ROUTE, search: (before) => withChange(before, change), replace: true }),
    [navigate],
  )
  const filter = useMemo(() => toOrderFilter(search), [search])
  const found = useFoundOrders(filter)
  const { newOrders, showNew } = useNewOrders(filter)
  const matches = found.data?.pages[0]?.matches
  return (
    <>
      <PageHead title={m.orders()} note={matches && <span role="status">{describeMatches(matches)}</span>}>
        <ExportButton filter={filter} />
      </PageHead>
      <OrderViews search={search} />
      <OrderFilters search={search} onChange={setSearch} />
      <div className="new-rows" aria-live="polite">
        {newOrders > 0 && (
          <button type="button" className="button button-small" onClick={showNew}>
            ↑ {m.order_new_ones({ count: formatNumber(newOrders) })}
          </button>
        )}
      </div>
      <FoundOrders
        found={found}
        hasFilter={Object.keys(search).length > 0}
        onClear={() => void navigate({ to: ROUTE, search: {} })}
      />
    </>
  )
}

function withChange(before: OrderSearch, change: object): OrderSearch {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined))
}

function describeMatches({ count, exact }: { count: number; exact: boolean }): string {
  return exact ? m.order_matches({ count: formatNumber(count) }) : m.order_matches({ count: `${formatNumber(count)}+` })
}
