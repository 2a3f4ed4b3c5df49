import { useSyncExternalStore } from 'react'
import { m } from '../../messages/messages.js'
import { liveState } from '../../shared/live.ts'
import { Time } from '../../shared/time.tsx'

/** Shows whether the page follows the feed, and, if not, since when. */
export function LiveState() {
  const { isLive, since } = useSyncExternalStore(liveState.subscribe, liveState.get)
  return (
    <span className={isLive ? 'live-state' : 'live-state is-away'}>
      <span role="status">{isLive ? m.live_on() : m.live_off()}</span>
      {!isLive && (
        <span className="only-wide">
          <Time at={since} />
        </span>
      )}
    </span>
  )
}
