import { onLiveEvent } from '../../shared/live.ts'

/** Changes within this time are read together. */
const GATHER_MS = 200

/** Calls the listener after the points of a member changed, or may have, once for changes that come together. */
export function followMember(memberId: string, onChange: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = onLiveEvent((event) => {
    if (event.type === 'change') {
      const { change } = event
      if (change.type !== 'points.changed' || change.data.memberId !== memberId) return
    }
    timer ??= setTimeout(() => {
      timer = undefined
      onChange()
    }, GATHER_MS)
  })
  return () => {
    stop()
    clearTimeout(timer)
  }
}
