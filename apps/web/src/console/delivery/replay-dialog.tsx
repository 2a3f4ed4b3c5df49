import type { OutboxReasons } from '@jumun/client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { ErrorState } from '../components/states.tsx'
import { notify } from '../components/toasts.tsx'
import { OUTBOX } from './outbox-query.ts'
import { countOf, type ReplayProgress, replay, type Target } from './replay.ts'

interface ReplayDialogProps {
  target: Target
  reasons: OutboxReasons
  onClose: () => void
}

/** Asks before dead letters are sent again, and shows how far that is. */
export function ReplayDialog({ target, reasons, onClose }: ReplayDialogProps) {
  const queries = useQueryClient()
  // The count stays the one that the operator was asked about, although the dead letters become fewer during the replay.
  const total = useRef(countOf(target, reasons)).current
  const stop = useRef(new AbortController())
  const [progress, setProgress] = useState<ReplayProgress>()
  const [error, setError] = useState<unknown>()
  useEffect(() => () => stop.current.abort(), [])
  const run = async () => {
    stop.current = new AbortController()
    const { signal } = stop.current
    setError(undefined)
    setProgress({ replayed: 0, total })
    try {
      const { replayed } = await replay(target, total, { signal, onProgress: setProgress })
      notify(m.delivery_replayed({ count: formatNumber(replayed) }))
      onClose()
    } catch (cause) {
      if (!signal.aborted) setError(cause)
      setProgress(undefined)
    } finally {
      void queries.invalidateQueries({ queryKey: OUTBOX })
    }
  }
  return (
    <ConfirmDialog
      title={m.delivery_replay_question({ count: formatNumber(total) })}
      description={m.delivery_replay_explained()}
      confirmLabel={progress ? m.working() : m.delivery_replay()}
      isBusy={progress !== undefined}
      onConfirm={() => void run()}
      onClose={onClose}
    >
      {target !== 'all' && 'reason' in target && <p className="step-reason">{reasonText(target.reason)}</p>}
      {progress && total > 1 && (
        <div className="progress-line">
          <progress aria-label={m.delivery_replay()} max={total} value={progress.replayed} />
          <span className="small muted">
            {m.delivery_progress({ done: formatNumber(progress.replayed), total: formatNumber(total) })}
          </span>
          <button type="button" className="button button-small" onClick={() => stop.current.abort()}>
            {m.stop()}
          </button>
        </div>
      )}
      {error !== undefined && <ErrorState error={error} />}
    </ConfirmDialog>
  )
}

/** Why events were rejected. */
export function reasonText(reason: string | null): string {
  return reason ?? m.delivery_no_reason()
}
