import type { Product } from '@jumun/client'
import { REASON_MAX_LENGTH } from '@jumun/contract/limits'
import { useEffect, useId, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { notify } from '../components/toasts.tsx'
import { FIELDS } from './cell-edit.ts'
import { conflictsOf, type RowDraft, resolve, savable } from './draft.ts'
import { changeDraft, setReason, useDraft, useReason } from './draft-store.ts'
import { describeEdit, fieldLabel, formatValue } from './edit-words.tsx'
import { resumeSaving, type SaveResult, saveDraft } from './save-draft.ts'

/** How many rows are listed; the grid shows the others. */
const MAX_LISTED = 100

/** Lists what will change, saves it, and asks where somebody else was first. */
export function SaveBar({ onSaved }: { onSaved: (product: Product) => void }) {
  const draft = useDraft()
  const reason = useReason()
  const reasonId = useId()
  const [isSaving, setSaving] = useState(false)
  useEffect(() => void run(() => resumeSaving(onSaved), setSaving), [onSaved])
  const rows = Object.values(draft).toSorted((a, b) => rank(a) - rank(b) || a.id - b.id)
  if (rows.length === 0) return null
  const open = savable(draft)
  const save = () => void run(() => saveDraft(reason.trim(), onSaved), setSaving)
  const isUnknown = rows.some(({ sent }) => sent?.isUnknown)
  return (
    <section className="save-bar card" aria-label={m.products_changes()}>
      <ul className="change-list">
        {rows.slice(0, MAX_LISTED).map((row) => (
          <Change key={row.id} row={row} onSaved={onSaved} />
        ))}
        {rows.length > MAX_LISTED && (
          <li className="muted">{m.products_more_changes({ count: formatNumber(rows.length - MAX_LISTED) })}</li>
        )}
      </ul>
      {isUnknown && (
        <p className="notice warn" role="status">
          {m.outcome_unknown()}
        </p>
      )}
      <div className="save-tools">
        <strong role="status">{m.products_changed_rows({ count: formatNumber(rows.length) })}</strong>
        {rows.some(({ edits }) => edits.stock) && (
          <div className="save-reason">
            <label htmlFor={reasonId}>{m.products_stock_reason()}</label>
            <input
              id={reasonId}
              className="input"
              maxLength={REASON_MAX_LENGTH}
              autoComplete="off"
              value={reason}
              onChange={({ target }) => setReason(target.value)}
            />
          </div>
        )}
        <button type="button" className="button button-small" disabled={isSaving} onClick={() => undoAll()}>
          {m.products_undo_all()}
        </button>
        <button
          type="button"
          className="button button-small button-primary"
          disabled={isSaving || open.length === 0}
          onClick={save}
        >
          {isSaving ? m.working() : m.products_save({ count: formatNumber(open.length) })}
        </button>
      </div>
    </section>
  )
}

/** What needs a choice stands first. */
function rank({ conflict, refusal }: RowDraft): number {
  return conflict ? 0 : refusal === undefined ? 2 : 1
}

function undoAll(): void {
  changeDraft((draft) => Object.fromEntries(Object.entries(draft).filter(([, { sent }]) => sent)))
  setReason('')
}

async function run(save: () => Promise<SaveResult>, setSaving: (isSaving: boolean) => void): Promise<void> {
  setSaving(true)
  const { saved, conflicts, refused } = await save()
  setSaving(false)
  if (saved.length > 0) notify(m.products_saved({ count: formatNumber(saved.length) }))
  if (conflicts + refused > 0) {
    notify(m.products_not_saved({ conflicts: formatNumber(conflicts), refused: formatNumber(refused) }), 'bad')
  } else if (saved.length > 0) setReason('')
}

function Change({ row, onSaved }: { row: RowDraft; onSaved: (product: Product) => void }) {
  const { id, label, edits, conflict, refusal, sent } = row
  const others = conflictsOf(row)
  const decide = (choice: 'mine' | 'theirs') => {
    if (conflict) onSaved(conflict)
    changeDraft((draft) => resolve(draft, id, choice))
  }
  return (
    <li className={conflict || refusal ? 'change is-refused' : 'change'}>
      <span className="change-name">{label}</span>
      {FIELDS.map((field) => {
        const edit = edits[field]
        return (
          edit && (
            <span key={field}>
              <span className="muted">{fieldLabel(field)}</span>{' '}
              {'seen' in edit && `${formatValue(field, edit.seen)} → `}
              {describeEdit(field, edit)}
            </span>
          )
        )
      })}
      {sent && <span className="muted">{m.working()}</span>}
      {refusal && <span className="bad-text">{refusal}</span>}
      {conflict && (
        <>
          <span className="bad-text">
            {m.products_now_is({
              values: others.map((field) => `${fieldLabel(field)} ${formatValue(field, conflict[field])}`).join(', '),
            })}
          </span>
          <button type="button" className="button button-small" onClick={() => decide('mine')}>
            {m.products_keep_mine()}
            <span className="visually-hidden">: {label}</span>
          </button>
          <button type="button" className="button button-small" onClick={() => decide('theirs')}>
            {m.products_keep_theirs()}
            <span className="visually-hidden">: {label}</span>
          </button>
        </>
      )}
    </li>
  )
}
