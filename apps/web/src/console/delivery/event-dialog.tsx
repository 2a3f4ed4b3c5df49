import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { Modal } from '../components/modal.tsx'
import { ErrorState, Loading } from '../components/states.tsx'
import { OrderLink } from '../orders/order-columns.tsx'
import { useEvent } from './outbox-query.ts'
import { reasonText } from './replay-dialog.tsx'

interface EventDialogProps {
  eventId: string
  onReplay: () => void
  onClose: () => void
}

/** An event, and what is sent for it. */
export function EventDialog({ eventId, onReplay, onClose }: EventDialogProps) {
  const { data, error, isPending, refetch } = useEvent(eventId)
  return (
    <Modal title={m.delivery_event()} onClose={onClose}>
      {isPending && <Loading />}
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <dl className="facts">
            <dt>{m.order()}</dt>
            <dd>
              <OrderLink orderId={data.orderId} />
            </dd>
            <dt>{m.delivery_type()}</dt>
            <dd className="mono">
              {data.type} v{data.version}
            </dd>
            <dt>{m.delivery_reason()}</dt>
            <dd>{reasonText(data.reason)}</dd>
            <dt>{m.delivery_attempts()}</dt>
            <dd>{formatNumber(data.attempts)}</dd>
            <dt>{data.state === 'dead' ? m.delivery_dead_since() : m.delivery_waiting_since()}</dt>
            <dd>
              <Time at={data.since} />
            </dd>
            {data.nextAttemptAt && (
              <>
                <dt>{m.delivery_next()}</dt>
                <dd>
                  <Time at={data.nextAttemptAt} />
                </dd>
              </>
            )}
          </dl>
          <h3>{m.delivery_payload()}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
          <pre className="payload mono" tabIndex={0}>
            {JSON.stringify(data.payload, null, 2)}
          </pre>
          {data.state === 'dead' && (
            <div className="modal-buttons">
              <button type="button" className="button button-primary" onClick={onReplay}>
                {m.delivery_replay()}
              </button>
            </div>
          )}
        </>
      )}
    </Modal>
  )
}
