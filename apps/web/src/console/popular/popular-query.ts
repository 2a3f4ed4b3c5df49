import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { learnStock } from '../../shared/stock.ts'

const POPULAR = ['popular']
/** A busy shop sells all the time: the ranking is read again this often at most. */
const GATHER_MS = 1_000
/** Sales leave the window by time alone. */
const POLL_MS = 60_000

/** Changes after which another product may lead. */
const CONCERNING = new Set(['order.paid', 'order.cancelled', 'product.updated', 'product.removed'])

/** The most sold products, read again after each sale. */
export function usePopular(days: number, limit: number) {
  const queries = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onLiveEvent((event) => {
      if (event.type !== 'change' || !CONCERNING.has(event.change.type)) return
      timer ??= setTimeout(() => {
        timer = undefined
        void queries.invalidateQueries({ queryKey: POPULAR })
      }, GATHER_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [queries])
  return useQuery({
    queryKey: [...POPULAR, days, limit],
    queryFn: async ({ signal }) => {
      const ranking = await jumun.popular.products.query({ days, limit }, { signal })
      learnStock(ranking.items.map(({ productId, stock }) => ({ id: productId, stock })))
      return ranking
    },
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  })
}
