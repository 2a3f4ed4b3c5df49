import { m } from '../../messages/messages.js'
import { ErrorState } from './states.tsx'
import type { CallState } from './use-sure-call.ts'

/** How a call stands, where that is not plain: its outcome is not known yet, or it was refused. */
export function CallNotice({ state }: { state: CallState }) {
  if (state.is === 'unknown') {
    return (
      <p className="notice warn" role="status">
        {m.outcome_unknown()}
      </p>
    )
  }
  return state.is === 'refused' ? <ErrorState error={state.error} /> : null
}
