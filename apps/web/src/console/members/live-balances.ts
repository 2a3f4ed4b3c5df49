import type { PointBalance } from '@jumun/client'
import { useEffect, useMemo, useState } from 'react'
import { onLiveEvent } from '../../shared/live.ts'

/** Balances change together, so that a busy shop does not draw the table a hundred times a second. */
const SHOW_INTERVAL_MS = 500

/** The balances as the feed tells them; until then as they were read. */
export function useLiveBalances(read: readonly PointBalance[]): readonly PointBalance[] {
  const [changed, setChanged] = useState<ReadonlyMap<string, number>>(new Map())
  useEffect(() => {
    let heard = new Map<string, number>()
    let timer: ReturnType<typeof setTimeout> | undefined
    // What was read now is newer than what the feed said before.
    setChanged(heard)
    const ids = new Set(read.map(({ memberId }) => memberId))
    const stop = onLiveEvent((event) => {
      if (event.type !== 'change' || event.change.type !== 'points.changed') return
      const { memberId, balance } = event.change.data
      if (!ids.has(memberId)) return
      heard = new Map(heard).set(memberId, balance)
      timer ??= setTimeout(() => {
        timer = undefined
        setChanged(heard)
      }, SHOW_INTERVAL_MS)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [read])
  return useMemo(() => {
    if (changed.size === 0) return read
    return read.map((member) => ({ ...member, balance: changed.get(member.memberId) ?? member.balance }))
  }, [read, changed])
}
