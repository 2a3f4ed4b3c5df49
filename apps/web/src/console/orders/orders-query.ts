import type { FollowedChange, FoundOrderPage, Order } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import {
  type InfiniteData,
  infiniteQueryOptions,
  type QueryClient,
  useInfiniteQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { matchesFilter, type OrderFilter } from './order-search.ts'

/** Changes are shown together, so that a busy shop does not draw the table a hundred times a second. */
const SHOW_INTERVAL_MS = 500

/** Orders that match a filter, newest first, page by page. */
function ordersQuery(filter: OrderFilter) {
  return infiniteQueryOptions({
    queryKey: ['orders', 'found', filter],
    queryFn: ({ pageParam: cursor, signal }) =>
      jumun.admin.orders.query({ ...filter, cursor, limit: PAGE_MAX_LIMIT }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    // The feed tells what changes.
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** The orders that match, as pages that are read one after another. */
export function useFoundOrders(filter: OrderFilter) {
  return useInfiniteQuery(ordersQuery(filter))
}

export type FoundOrdersQuery = ReturnType<typeof useFoundOrders>

/**
 * Follows the shop while a list of orders is shown: orders that are in it show their new state, and new ones are counted, because rows
 * that jump cannot be clicked. Returns how many are new, and a function that shows them.
 */
export function useNewOrders(filter: OrderFilter): { newOrders: number; showNew: () => void } {
  const queries = useQueryClient()
  const [newOrders, setNewOrders] = useState(0)
  const { queryKey } = ordersQuery(filter)
  const key = JSON.stringify(queryKey)
  useEffect(() => {
    const placed = new Set<string>()
    const changed = new Map<string, Order>()
    let timer: ReturnType<typeof setTimeout> | undefined
    setNewOrders(0)
    const show = () => {
      timer = undefined
      patchOrders(queries, queryKey, changed)
      setNewOrders(placed.size)
      // A page that is being read may be older than these changes, so they are applied again after it has arrived.
      if (queries.isFetching({ queryKey }) > 0) timer = setTimeout(show, SHOW_INTERVAL_MS)
      else changed.clear()
    }
    const stop = onLiveEvent((event) => {
      if (event.type === 'resync') placed.clear()
      else if (isOfOrder(event.change)) {
        const { order } = event.change.data
        changed.set(order.id, order)
        if (event.change.type === 'order.placed' && matchesFilter(order, filter)) placed.add(order.id)
      } else return
      timer ??= setTimeout(show, SHOW_INTERVAL_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [queries, key])
  const showNew = () => {
    setNewOrders(0)
    // Only the first page is read again.
    queries.setQueryData(
      queryKey,
      (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    )
    void queries.invalidateQueries({ queryKey })
  }
  return { newOrders, showNew }
}

type OrderChange = Extract<FollowedChange, { type: `order.${string}` }>

/** Whether a change is one of an order. */
export function isOfOrder(change: FollowedChange): change is OrderChange {
  return change.type.startsWith('order.')
}

function patchOrders(queries: QueryClient, queryKey: readonly unknown[], changed: ReadonlyMap<string, Order>): void {
  queries.setQueryData<InfiniteData<FoundOrderPage>>(queryKey, (data) => {
    const isShown = data?.pages.some(({ items }) => items.some(({ id }) => changed.has(id)))
    if (!(data && isShown)) return data
    const pages = data.pages.map((page) => ({
      ...page,
      items: page.items.map((order) => changed.get(order.id) ?? order),
    }))
    return { ...data, pages }
  })
}
