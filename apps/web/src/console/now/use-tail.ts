import type { Order } from '@jumun/client'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { isOfOrder } from '../orders/orders-query.ts'

const SHOWN = 50
/** People can read at most four changes a second. */
const SHOW_INTERVAL_MS = 250

interface Tail {
  orders: readonly Order[]
  /** How many orders were placed since the tail was paused. */
  missed: number
}

/** The last orders of the shop, the newest first: as they are, or as they were when the tail was paused. */
export function useTail(isPaused: boolean) {
  const latest = useRef<readonly Order[]>([])
  const missed = useRef(0)
  const [tail, setTail] = useState<Tail>({ orders: [], missed: 0 })
  const paused = useRef(isPaused)
  paused.current = isPaused
  const show = useRef(() => {
    setTail((shown) => ({ orders: paused.current ? shown.orders : latest.current, missed: missed.current }))
  }).current
  /** The orders from the feed since the last read began. They may be newer than its answer. */
  const heard = useRef<readonly Order[]>([])
  const first = useQuery({
    queryKey: ['now', 'tail'],
    queryFn: async ({ signal }) => {
      heard.current = []
      return (await jumun.admin.orders.query({ limit: SHOWN }, { signal })).items
    },
    staleTime: 0,
  })
  useEffect(() => {
    if (!first.data) return
    latest.current = mergeOrders(mergeOrders(latest.current, first.data), heard.current)
    show()
  }, [first.data, show])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onLiveEvent((event) => {
      if (event.type !== 'change' || !isOfOrder(event.change)) return
      latest.current = mergeOrders(latest.current, [event.change.data.order])
      heard.current = mergeOrders(heard.current, [event.change.data.order])
      if (event.change.type === 'order.placed' && paused.current) missed.current += 1
      timer ??= setTimeout(() => {
        timer = undefined
        show()
      }, SHOW_INTERVAL_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [show])
  useEffect(() => {
    if (!isPaused) missed.current = 0
    show()
  }, [isPaused, show])
  return { ...tail, isPending: first.isPending && tail.orders.length === 0, error: first.error, retry: first.refetch }
}

/** The newest orders of both, each once, as the second has it; ids begin with the time. */
function mergeOrders(known: readonly Order[], read: readonly Order[]): Order[] {
  const orders = new Map([...known, ...read].map((order) => [order.id, order]))
  return [...orders.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, SHOWN)
}
