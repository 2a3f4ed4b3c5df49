import { m } from '../../messages/messages.js'

/** In the place of a chart that could not be loaded. */
export function NoChart() {
  return <p className="chart muted small">{m.now_no_chart()}</p>
}
