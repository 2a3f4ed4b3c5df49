import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { gatherReads } from '../../shared/gathered-reads.ts'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'
import { stockReader } from '../../shared/stock.ts'
import { concernsRanking } from './concerns-ranking.ts'

const POPULAR = ['popular']
/** A busy shop sells all the time: the ranking is read again this often at most. */
const GATHER_MS = 1_000
/** Sales leave the window by time alone. */
const POLL_MS = 60_000

/** The most sold products, read again after each sale. */
export function usePopular(days: number, limit: number) {
  const queries = useQueryClient()
  useEffect(() => {
    const reads = gatherReads(queries, GATHER_MS)
    const stop = onLiveEvent(
      (event) => event.type === 'change' && concernsRanking(event.change) && reads.stale(...POPULAR),
    )
    return () => {
      stop()
      reads.stop()
    }
  }, [queries])
  return useQuery({
    queryKey: [...POPULAR, days, limit],
    queryFn: async ({ signal }) => {
      const learnStock = stockReader()
      const ranking = await jumun.popular.products.query({ days, limit }, { signal })
      learnStock(ranking.items.map(({ productId, stock }) => ({ id: productId, stock })))
      return ranking
    },
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  })
}
