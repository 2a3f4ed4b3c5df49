import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { gatherReads } from '../../shared/gathered-reads.ts'
import { jumun } from '../../shared/jumun.ts'
import { onLiveEvent } from '../../shared/live.ts'

export const OUTBOX = ['outbox']
/** The feed tells of dead letters and replays, but not of what is delivered. */
const DRAIN_POLL_MS = 1_000
const IDLE_POLL_MS = 5_000
/** Changes within this time are read together. */
const GATHER_MS = 250

/** How many events wait or are dead, and why. */
export function useReasons() {
  return useQuery({
    queryKey: [...OUTBOX, 'reasons'],
    queryFn: ({ signal }) => jumun.outbox.reasons.query({}, { signal }),
    refetchInterval: ({ state: { data } }) => (data && data.waiting > 0 ? DRAIN_POLL_MS : IDLE_POLL_MS),
    staleTime: 0,
  })
}

/** Events that the data platform has not accepted, the oldest first. */
export function useEvents(state: 'dead' | 'waiting', reason: string | undefined) {
  return useInfiniteQuery({
    queryKey: [...OUTBOX, 'events', state, reason],
    queryFn: ({ pageParam: cursor, signal }) =>
      jumun.outbox.list.query({ state, reason, cursor, limit: PAGE_MAX_LIMIT }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: 0,
  })
}

export function useEvent(eventId: string) {
  return useQuery({
    queryKey: [...OUTBOX, 'event', eventId],
    queryFn: ({ signal }) => jumun.outbox.event.query({ eventId }, { signal }),
  })
}

/** Reads the outbox again when events die or are replayed, and its list when the counts say that it changed. */
export function useFollowedOutbox(counts: { waiting: number; dead: number } | undefined): void {
  const queries = useQueryClient()
  useEffect(() => {
    const reads = gatherReads(queries, GATHER_MS)
    const stop = onLiveEvent(
      (event) => event.type === 'change' && event.change.type.startsWith('delivery.') && reads.stale(...OUTBOX),
    )
    return () => {
      stop()
      reads.stop()
    }
  }, [queries])
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: [...OUTBOX, 'events'] })
  }, [queries, counts?.waiting, counts?.dead])
}
