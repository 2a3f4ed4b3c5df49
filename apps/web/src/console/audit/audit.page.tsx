import { useMemo } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { Time } from '../../shared/time.tsx'
import { Badge } from '../components/badge.tsx'
import { EmptyState, ErrorState, Loading } from '../components/states.tsx'
import { PageHead } from '../components/toolbar.tsx'
import { usePageActions } from '../frame/actions.ts'
import '../styles/operations.css'
import { InvariantCard } from './invariant-card.tsx'
import { type AuditRun, useAudit } from './use-audit.ts'

/** The rules that always hold, as they were checked last. */
export function AuditPage() {
  const { runs, startedAt, error, run, stop } = useAudit()
  const [last, ...earlier] = runs
  const isRunning = startedAt !== undefined
  usePageActions(useMemo(() => [{ id: 'audit', label: m.audit_run(), key: 'r', run: () => void run() }], [run]))
  return (
    <>
      <PageHead title={m.nav_audit()}>
        {isRunning && (
          <button type="button" className="button button-small" onClick={stop}>
            {m.audit_stop()}
          </button>
        )}
        <button
          type="button"
          className="button button-primary button-small"
          onClick={() => void run()}
          disabled={isRunning}
        >
          {isRunning ? m.working() : m.audit_run()}
        </button>
      </PageHead>
      <p className="muted small">{m.audit_explained()}</p>
      <div role="status" className="audit-status">
        {isRunning ? (
          <span>
            {m.audit_running()} <Time at={startedAt} />
          </span>
        ) : (
          last && <Verdict run={last} />
        )}
      </div>
      {error !== undefined && <ErrorState error={error} onRetry={() => void run()} />}
      {last && (
        <ul className={isRunning ? 'board is-old' : 'board'}>
          {brokenFirst(last).map((invariant) => (
            <InvariantCard key={invariant.name} invariant={invariant} />
          ))}
        </ul>
      )}
      {!last && isRunning && <Loading rows={10} />}
      {!(last || isRunning || error) && <EmptyState title={m.audit_never()}>{m.audit_never_hint()}</EmptyState>}
      {earlier.length > 0 && <Earlier runs={earlier} />}
    </>
  )
}

function brokenFirst({ invariants }: AuditRun) {
  return invariants.toSorted((a, b) => Number(b.broken > 0) - Number(a.broken > 0))
}

function Verdict({ run: { at, holds, invariants, durationMs } }: { run: AuditRun }) {
  const broken = invariants.filter((invariant) => invariant.broken > 0).length
  return (
    <p className="verdict">
      <Badge tone={holds ? 'good' : 'bad'}>
        {holds ? m.audit_all_hold({ count: invariants.length }) : m.audit_some_broken({ count: broken })}
      </Badge>{' '}
      <span className="muted small">
        <Time at={at} /> · {m.audit_took({ seconds: formatNumber(Math.round(durationMs / 100) / 10) })}
      </span>
    </p>
  )
}

/** What was found before, in this tab. */
function Earlier({ runs }: { runs: readonly AuditRun[] }) {
  return (
    <section className="card" aria-labelledby="earlier">
      <h2 id="earlier">{m.audit_earlier()}</h2>
      <ul className="stack earlier">
        {runs.map((run) => (
          <li key={run.at}>
            <Verdict run={run} />
          </li>
        ))}
      </ul>
    </section>
  )
}
