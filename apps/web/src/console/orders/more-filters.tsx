import { type SubmitEvent, useId } from 'react'
import { m } from '../../messages/messages.js'
import { useTimeMode } from '../../shared/time.tsx'
import { Modal } from '../components/modal.tsx'
import { type ChangeSearch, type OrderSearch, parseOrderSearch } from './order-search.ts'

interface MoreFiltersProps {
  search: OrderSearch
  onChange: ChangeSearch
  onClose: () => void
}

/** The rarer filters, in a dialog. */
export function MoreFilters({ search, onChange, onClose }: MoreFiltersProps) {
  const isUtc = useTimeMode() === 'utc'
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const typed = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>
    const toIso = (local = '') => (local === '' ? undefined : new Date(isUtc ? `${local}Z` : local).toISOString())
    const parsed = parseOrderSearch({ ...typed, from: toIso(typed['from']), to: toIso(typed['to']) })
    const { member, product, min, max, from, to } = parsed
    onChange({ member, product, min, max, from, to })
    onClose()
  }
  const zone = isUtc ? 'UTC' : m.time_local()
  return (
    <Modal title={m.order_more_filters()} onClose={onClose}>
      <form className="modal-form two-columns" onSubmit={submit}>
        <Field name="member" label={m.order_member()} value={search.member} pattern="[A-Za-z0-9._:@\-]{1,64}" />
        <Field name="product" label={m.order_product_id()} value={search.product} type="number" min={1} />
        <Field name="min" label={m.order_min_total()} value={search.min} type="number" min={0} />
        <Field name="max" label={m.order_max_total()} value={search.max} type="number" min={0} />
        <Field
          name="from"
          label={m.order_from_zone({ zone })}
          value={toField(search.from, isUtc)}
          type="datetime-local"
        />
        <Field name="to" label={m.order_to_zone({ zone })} value={toField(search.to, isUtc)} type="datetime-local" />
        <div className="modal-buttons">
          <button type="button" className="button" onClick={onClose}>
            {m.do_nothing()}
          </button>
          <button type="submit" className="button button-primary">
            {m.order_apply()}
          </button>
        </div>
      </form>
    </Modal>
  )
}

const MINUTE_MS = 60_000

/** A time as a field for dates takes it. */
function toField(iso: string | undefined, isUtc: boolean): string | undefined {
  if (iso === undefined) return undefined
  const date = new Date(iso)
  const shift = isUtc ? 0 : date.getTimezoneOffset() * MINUTE_MS
  return new Date(date.getTime() - shift).toISOString().slice(0, 16)
}

interface FieldProps {
  name: keyof OrderSearch
  label: string
  value: string | number | undefined
  type?: string
  min?: number
  pattern?: string
}

function Field({ label, value, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" autoComplete="off" defaultValue={value} {...input} />
    </div>
  )
}
