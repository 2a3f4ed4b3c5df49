import { type SubmitEvent, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { EmptyState, ErrorState } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import '../styles/operations.css'
import { Results } from './results.tsx'
import { useReconcile } from './use-reconcile.ts'

/** As the API has it. */
const DEFAULT_GRACE_SECONDS = 60
const MAX_GRACE_SECONDS = 86_400

/** Compares what was paid here with what the data platform has, and sends what it lacks. */
export function ReconcilePage() {
  const { found, isRunning, error, run, stop } = useReconcile()
  const [grace, setGrace] = useState(String(DEFAULT_GRACE_SECONDS))
  const [isAsking, setAsking] = useState(false)
  const start = (dryRun: boolean) => void run({ dryRun, graceSeconds: Number(grace) })
  const compare = (event: SubmitEvent) => {
    event.preventDefault()
    start(true)
  }
  const lacking = found?.dryRun && !isRunning ? found.sendable : 0
  return (
    <>
      <PageHead title={m.nav_reconcile()} />
      <p className="muted small">{m.reconcile_explained()}</p>
      <form className="form-line" onSubmit={compare}>
        <div className="field">
          <label htmlFor="grace">{m.reconcile_grace()}</label>
          <input
            id="grace"
            className="input"
            type="number"
            inputMode="numeric"
            min={0}
            max={MAX_GRACE_SECONDS}
            step={1}
            required
            value={grace}
            readOnly={isRunning}
            onChange={({ target }) => setGrace(target.value)}
          />
        </div>
        <button type="submit" className="button button-primary button-small" disabled={isRunning}>
          {isRunning ? m.working() : m.reconcile_compare()}
        </button>
        {isRunning && (
          <button type="button" className="button button-small" onClick={stop}>
            {m.stop()}
          </button>
        )}
        {lacking > 0 && (
          <button type="button" className="button button-small" onClick={() => setAsking(true)}>
            {m.reconcile_send({ count: formatNumber(lacking) })}
          </button>
        )}
      </form>
      {error !== undefined && <ErrorState error={error} onRetry={() => start(found?.dryRun ?? true)} />}
      {found && <Results found={found} isRunning={isRunning} />}
      {!found && <EmptyState title={m.reconcile_never()}>{m.reconcile_never_hint()}</EmptyState>}
      {isAsking && (
        <ConfirmDialog
          title={m.reconcile_send_question({ count: formatNumber(lacking) })}
          description={m.reconcile_send_explained()}
          confirmLabel={m.reconcile_send_confirm()}
          onConfirm={() => {
            setAsking(false)
            start(false)
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  )
}
