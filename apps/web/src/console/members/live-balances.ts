import type { PointBalance } from '@jumun/client'
import { useEffect, useMemo, useRef, useState } from 'react'
import { onLiveEvent } from '../../shared/live.ts'

/** Balances change together, so that a busy shop does not draw the table a hundred times a second. */
const SHOW_INTERVAL_MS = 500

/** The balances from the feed, or, before the first change, those that were read. */
export function useLiveBalances(
  read: readonly PointBalance[],
  { isFetching, isFetchingNextPage }: { isFetching: boolean; isFetchingNextPage: boolean },
): readonly PointBalance[] {
  const [changed, setChanged] = useState<ReadonlyMap<string, number>>(new Map())
  const heard = useRef(new Map<string, number>())
  const isOf = useRef((_memberId: string): boolean => true)
  useEffect(() => {
    const ids = new Set(read.map(({ memberId }) => memberId))
    // A page that is being read may show anyone.
    isOf.current = isFetching ? () => true : (memberId) => ids.has(memberId)
  }, [read, isFetching])
  const isReadAgain = isFetching && !isFetchingNextPage
  useEffect(() => {
    // A new read is newer than what the feed said before it began, but not than what the feed says during it.
    if (isReadAgain) heard.current = new Map()
    else setChanged(new Map(heard.current))
  }, [isReadAgain])
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = onLiveEvent((event) => {
      if (event.type !== 'change' || event.change.type !== 'points.changed') return
      const { memberId, balance } = event.change.data
      if (!isOf.current(memberId)) return
      heard.current.set(memberId, balance)
      timer ??= setTimeout(() => {
        timer = undefined
        setChanged(new Map(heard.current))
      }, SHOW_INTERVAL_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [])
  return useMemo(() => {
    if (changed.size === 0) return read
    return read.map((member) => ({ ...member, balance: changed.get(member.memberId) ?? member.balance }))
  }, [read, changed])
}
