import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { Badge, type Tone } from '../components/badge.tsx'
import type { OrderTimeline, TimelineEvent } from './timeline-query.ts'

const EVENT_TONES: Record<TimelineEvent['state'], Tone> = { delivered: 'good', waiting: 'warn', dead: 'bad' }
const PLATFORM_TONES: Record<OrderTimeline['platform']['state'], Tone> = {
  same: 'good',
  older: 'warn',
  newer: 'warn',
  missing: 'plain',
  unreachable: 'bad',
}

/** What the data platform is told of an order, and what it has now. */
export function DeliveryOfOrder({ timeline: { events, platform } }: { timeline: OrderTimeline }) {
  return (
    <section className="card" aria-labelledby="order-delivery">
      <h2 id="order-delivery">{m.order_delivery()}</h2>
      <p className="platform-state">
        {m.order_platform_has()} <Badge tone={PLATFORM_TONES[platform.state]}>{platformLabel(platform.state)}</Badge>
        {platform.version !== null && (
          <span className="muted small">{m.order_version({ version: platform.version })}</span>
        )}
      </p>
      {platform.reason && <p className="small muted">{platform.reason}</p>}
      <ol className="timeline">
        {events.map((event) => (
          <li key={event.version} className={EVENT_TONES[event.state]}>
            <div className="timeline-head">
              <strong className="mono">{event.type}</strong>
              <Badge tone={EVENT_TONES[event.state]}>{eventLabel(event.state)}</Badge>
            </div>
            <p className="small muted">
              {m.order_version({ version: event.version })}
              {event.attempts !== null &&
                event.attempts > 0 &&
                ` · ${m.order_event_attempts({ count: formatNumber(event.attempts) })}`}
              {event.nextAttemptAt && (
                <>
                  {' · '}
                  {m.order_event_next()} <Time at={event.nextAttemptAt} />
                </>
              )}
            </p>
            {event.reason && <p className="small step-reason">{event.reason}</p>}
          </li>
        ))}
      </ol>
      {events.length === 0 && <p className="muted small">{m.order_no_events()}</p>}
    </section>
  )
}

function eventLabel(state: TimelineEvent['state']): string {
  return { delivered: m.order_event_delivered, waiting: m.order_event_waiting, dead: m.order_event_dead }[state]()
}

function platformLabel(state: OrderTimeline['platform']['state']): string {
  const labels = {
    same: m.order_platform_same,
    older: m.order_platform_older,
    newer: m.order_platform_newer,
    missing: m.order_platform_missing,
    unreachable: m.order_platform_unreachable,
  }
  return labels[state]()
}
