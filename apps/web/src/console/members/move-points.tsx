import { MAX_AMOUNT } from '@jumun/contract/limits'
import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { CallNotice } from '../components/call-notice.tsx'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { notify } from '../components/toasts.tsx'
import { useSureCall } from '../components/use-sure-call.ts'

interface MovePointsProps {
  kind: 'charge' | 'use'
  memberId: string
  balance: number | undefined
  isOpen: boolean
  onClose: () => void
}

interface Move {
  memberId: string
  amount: number
  reason?: string
}

/** Charges or uses points of a member, after showing the balance before and after; once, even where the reply is lost. */
export function MovePoints({ kind, memberId, balance, isOpen, onClose }: MovePointsProps) {
  const queries = useQueryClient()
  const [typed, setTyped] = useState('')
  const amount = Number(typed)
  const isValid = amount >= 1 && amount <= MAX_AMOUNT
  const { state, run, reset } = useSureCall({
    name: `${kind}:${memberId}`,
    call: (move: Move) => jumun.point[kind].mutate(move),
    onDone: (result, move) => {
      const values = { amount: formatMoney(move.amount), balance: formatMoney(result.balance) }
      notify(kind === 'charge' ? m.points_charged(values) : m.points_used(values))
      queries.setQueryData(['members', 'balance', memberId], result.balance)
      setTyped('')
      onClose()
    },
  })
  const isUnderWay = state.is === 'busy' || state.is === 'unknown'
  // A call of before a reload is still under way.
  if (!isOpen) return state.is === 'unknown' ? <CallNotice state={state} /> : null
  const label = kind === 'charge' ? m.points_charge() : m.points_use()
  return (
    <ConfirmDialog
      title={label}
      description={memberId}
      confirmLabel={isUnderWay ? m.working() : isValid ? `${label}: ${formatMoney(amount)}` : label}
      withReason
      isBusy={isUnderWay}
      isBlocked={!isValid}
      onConfirm={(reason) => run({ memberId, amount, ...(reason && { reason }) })}
      onClose={() => {
        reset()
        onClose()
      }}
    >
      <AmountField typed={typed} onChange={setTyped} isReadOnly={isUnderWay} />
      {balance !== undefined && (
        <BeforeAfter balance={balance} change={isValid ? (kind === 'charge' ? amount : -amount) : undefined} />
      )}
      <CallNotice state={state} />
    </ConfirmDialog>
  )
}

function BeforeAfter({ balance, change }: { balance: number; change: number | undefined }) {
  const after = change === undefined ? undefined : balance + change
  return (
    <p className="before-after" aria-live="polite">
      {formatMoney(balance)} →{' '}
      <strong className={after !== undefined && after < 0 ? 'bad-text' : undefined}>
        {after === undefined ? '…' : formatMoney(after)}
      </strong>
    </p>
  )
}

interface AmountFieldProps {
  typed: string
  onChange: (typed: string) => void
  isReadOnly: boolean
}

function AmountField({ typed, onChange, isReadOnly }: AmountFieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{m.points_amount()}</label>
      <input
        id={id}
        className="input"
        inputMode="numeric"
        required
        maxLength={10}
        autoComplete="off"
        readOnly={isReadOnly}
        value={typed}
        onChange={({ target }) => onChange(target.value.replace(/\D/g, ''))}
      />
    </div>
  )
}
