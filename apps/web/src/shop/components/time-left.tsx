import { serverNow } from '../../shared/server-clock.ts'
import { formatCountdown } from '../time.ts'
import { useNow } from '../use-page.ts'

/** Counts down to a time of the server. Not spoken: it would never be silent. */
export function TimeLeft({ until }: { until: string }) {
  return <span className="time-left">{formatCountdown(Date.parse(until) - useNow(1_000, serverNow))}</span>
}
