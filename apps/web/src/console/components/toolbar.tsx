import type { ReactNode } from 'react'
import { m } from '../../messages/messages.js'

/** The heading of a page, with what can be done on it at the end. */
export function PageHead({ title, note, children }: { title: ReactNode; note?: ReactNode; children?: ReactNode }) {
  return (
    <div className="page-head">
      <h1>{title}</h1>
      {note && <span className="muted">{note}</span>}
      {children && <div className="page-tools">{children}</div>}
    </div>
  )
}

/** Fields and buttons in a row, which wraps. */
export function Toolbar({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className="toolbar" aria-label={label}>
      {children}
    </fieldset>
  )
}

interface FilterChipProps {
  label: string
  isOn: boolean
  onChange: (isOn: boolean) => void
}

/** A filter that is on or off. */
export function FilterChip({ label, isOn, onChange }: FilterChipProps) {
  return (
    <button type="button" className="chip" aria-pressed={isOn} onClick={() => onChange(!isOn)}>
      {label}
    </button>
  )
}

/** A filter that is set, with the way to remove it. */
export function SetFilter({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <span className="chip is-set">
      {label}
      <button type="button" onClick={onRemove} aria-label={m.remove_filter({ label })}>
        ✕
      </button>
    </span>
  )
}
