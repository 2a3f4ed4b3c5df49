import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { EmptyState } from '../components/states.tsx'
import { Differences } from './differences.tsx'
import { FINDINGS, findingLabel } from './labels.ts'
import type { Found } from './reconcile-orders.ts'

interface ResultsProps {
  found: Found
  isRunning: boolean
}

/** How far the comparison is, and what was found. */
export function Results({ found, isRunning }: ResultsProps) {
  const { findings, compared, fresh, total, differences, isComplete, actions, dryRun } = found
  const differing = FINDINGS.reduce((sum, finding) => sum + findings[finding], 0)
  return (
    <>
      <div className="progress-line">
        <progress
          aria-label={m.reconcile_progress()}
          max={Math.max(total ?? compared, compared, 1)}
          {...(!isRunning || total !== undefined
            ? { value: isComplete ? Math.max(total ?? 1, compared, 1) : compared }
            : {})}
        />
        <span className="small muted">
          {m.reconcile_compared({
            count: formatNumber(compared),
            total: formatNumber(Math.max(total ?? compared, compared)),
          })}
        </span>
      </div>
      <dl className="counts">
        {FINDINGS.map((finding) => (
          <div key={finding} className={`card count ${findings[finding] > 0 ? 'warn' : 'plain'}`}>
            <dt>{findingLabel(finding)}</dt>
            <dd>{formatNumber(findings[finding])}</dd>
          </div>
        ))}
      </dl>
      <p role="status">
        {isRunning
          ? m.reconcile_running()
          : isComplete
            ? m.reconcile_done({ count: formatNumber(differing), fresh: formatNumber(fresh) })
            : m.reconcile_stopped()}{' '}
        {!dryRun && m.reconcile_sent({ count: formatNumber(actions.resent) })}
      </p>
      {differences.length > 0 && <Differences found={found} />}
      {differing > differences.length && (
        <p className="small muted">{m.reconcile_first({ count: formatNumber(differences.length) })}</p>
      )}
      {isComplete && differing === 0 && <EmptyState title={m.reconcile_all_same()} />}
    </>
  )
}
