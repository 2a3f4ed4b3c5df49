import type { FollowedChange, JumunOutputs } from '@jumun/client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { gatherReads } from '../../shared/gathered-reads.ts'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { isOfOrder } from './orders-query.ts'

export type OrderTimeline = JumunOutputs['admin']['orderTimeline']
export type OrderStep = OrderTimeline['steps'][number]
export type TimelineEvent = OrderTimeline['events'][number]

/** The feed does not tell when an event arrived, so it is asked for while one is on its way. */
const ARRIVAL_POLL_MS = 1_000
const UNREACHABLE_POLL_MS = 5_000

/** All that is known of an order, kept up to date. */
export function useOrderTimeline(orderId: string) {
  const queries = useQueryClient()
  const queryKey = ['orders', 'timeline', orderId]
  useEffect(() => {
    const reads = gatherReads(queries)
    const stop = onLiveEvent(
      (event) => event.type === 'change' && concerns(event.change, orderId) && reads.stale(...queryKey),
    )
    return () => {
      stop()
      reads.stop()
    }
  }, [queries, orderId])
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => jumun.admin.orderTimeline.query({ orderId }, { signal }),
    refetchInterval: ({ state: { data } }) => {
      if (data?.events.some(({ state }) => state === 'waiting')) return ARRIVAL_POLL_MS
      return data?.platform.state === 'unreachable' && UNREACHABLE_POLL_MS
    },
  })
}

function concerns(change: FollowedChange, orderId: string): boolean {
  if (isOfOrder(change)) return change.data.order.id === orderId
  return 'orderId' in change.data && change.data.orderId === orderId
}
