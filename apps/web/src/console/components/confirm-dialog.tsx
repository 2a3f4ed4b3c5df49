import { REASON_MAX_LENGTH } from '@jumun/contract/limits'
import { type ReactNode, type SubmitEvent, useId, useState } from 'react'
import { m } from '../../messages/messages.js'
import { Modal } from './modal.tsx'

interface ConfirmDialogProps {
  title: string
  description?: ReactNode
  /** Says what happens, such as "Cancel order". */
  confirmLabel: string
  isDangerous?: boolean
  /** Whether a reason can be given: it is passed to `onConfirm`, and undefined where it is left empty. */
  withReason?: boolean
  isBusy?: boolean
  /** Whether confirming is not possible now, such as while what is confirmed is incomplete. */
  isBlocked?: boolean
  onConfirm: (reason: string | undefined) => void
  onClose: () => void
  /** More fields, and errors. */
  children?: ReactNode
}

/** Asks before something happens that cannot be taken back. Open while it is rendered. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, description, confirmLabel, isDangerous, withReason, isBusy = false, isBlocked, children } = props
  const [reason, setReason] = useState('')
  const reasonId = useId()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!isBusy) props.onConfirm(reason.trim() || undefined)
  }
  return (
    <Modal title={title} description={description} onClose={props.onClose} isBusy={isBusy}>
      <form className="modal-form" onSubmit={submit} aria-busy={isBusy}>
        {children}
        {withReason && (
          <div className="field">
            <label htmlFor={reasonId}>{m.reason()}</label>
            <input
              id={reasonId}
              className="input"
              maxLength={REASON_MAX_LENGTH}
              autoComplete="off"
              value={reason}
              readOnly={isBusy}
              onChange={({ target }) => setReason(target.value)}
            />
          </div>
        )}
        <div className="modal-buttons">
          <button type="button" className="button" onClick={props.onClose} disabled={isBusy}>
            {m.do_nothing()}
          </button>
          <button
            type="submit"
            className={isDangerous ? 'button button-destroy' : 'button button-primary'}
            disabled={isBusy || isBlocked}
          >
            {confirmLabel}
          </button>
        </div>
      </form>
    </Modal>
  )
}
