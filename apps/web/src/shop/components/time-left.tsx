import { serverNow } from '../../shared/server-clock.ts'
import { formatCountdown } from '../time.ts'
import { useNow } from '../use-page.ts'

/** Counts down to a time of the server. Hidden from screen readers, which would speak every second. */
export function TimeLeft({ until }: { until: string }) {
  return <span className="time-left">{formatCountdown(Date.parse(until) - useNow(1_000, serverNow))}</span>
}
