import type { OutboxEvent } from '@jumun/client'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { ErrorState, Loading } from '../components/states.tsx'
import { FilterChip, PageHead, SetFilter, Toolbar } from '../components/toolbar.tsx'
import '../styles/operations.css'
import type { DeliverySearch } from './delivery-search.ts'
import { EventDialog } from './event-dialog.tsx'
import { EventsTable } from './events-table.tsx'
import { useFollowedOutbox, useReasons } from './outbox-query.ts'
import { ReasonsCard } from './reasons-card.tsx'
import type { Target } from './replay.ts'
import { ReplayDialog } from './replay-dialog.tsx'

/** Events that the data platform has not accepted: those that wait, and dead letters with their reasons. */
export function DeliveryPage() {
  const { state = 'dead', reason } = useSearch({ from: '/delivery' })
  const navigate = useNavigate()
  const show = (search: DeliverySearch) => void navigate({ to: '/delivery', search, replace: true })
  const { data, error, refetch } = useReasons()
  useFollowedOutbox(data)
  const [target, setTarget] = useState<Target>()
  const [openId, setOpenId] = useState<string>()
  const open = useCallback(({ id }: OutboxEvent) => setOpenId(id), [])
  const close = useCallback(() => setOpenId(undefined), [])
  return (
    <>
      <PageHead title={m.nav_delivery()}>
        <button type="button" className="button button-small" disabled={!data?.dead} onClick={() => setTarget('all')}>
          {m.delivery_replay_all()}
        </button>
      </PageHead>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!(data || error) && <Loading rows={4} />}
      {data && (
        <>
          <dl className="counts" aria-live="polite">
            <Count label={m.delivery_waiting()} value={data.waiting} tone={data.waiting > 0 ? 'warn' : 'good'} />
            <Count label={m.delivery_dead()} value={data.dead} tone={data.dead > 0 ? 'bad' : 'good'} />
          </dl>
          <ReasonsCard reasons={data} onReplay={setTarget} />
        </>
      )}
      <Toolbar label={m.delivery_events()}>
        <FilterChip label={m.delivery_dead()} isOn={state === 'dead'} onChange={() => show({})} />
        <FilterChip
          label={m.delivery_waiting()}
          isOn={state === 'waiting'}
          onChange={() => show({ state: 'waiting' })}
        />
        {reason !== undefined && (
          <SetFilter label={reason} onRemove={() => show(state === 'waiting' ? { state } : {})} />
        )}
      </Toolbar>
      <EventsTable state={state} reason={reason} onOpen={open} />
      {openId !== undefined && (
        <EventDialog
          eventId={openId}
          onClose={close}
          onReplay={() => {
            close()
            setTarget({ id: openId })
          }}
        />
      )}
      {target && data && <ReplayDialog target={target} reasons={data} onClose={() => setTarget(undefined)} />}
    </>
  )
}

/** A number that an operator looks at first. */
function Count({ label, value, tone }: { label: string; value: number; tone: 'good' | 'warn' | 'bad' }) {
  return (
    <div className={`card count ${tone}`}>
      <dt>{label}</dt>
      <dd>{formatNumber(value)}</dd>
    </div>
  )
}
