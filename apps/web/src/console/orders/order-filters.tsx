import { MEMBER_ID_MAX_LENGTH } from '@jumun/contract/limits'
import { type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatMoney } from '../../shared/format.ts'
import { formatTime, useTimeMode } from '../../shared/time.tsx'
import { orderStatusLabel } from '../components/badge.tsx'
import { FilterChip, SetFilter, Toolbar } from '../components/toolbar.tsx'
import { usePageActions } from '../frame/actions.ts'
import { MoreFilters } from './more-filters.tsx'
import { type ChangeSearch, ORDER_STATUSES, type OrderSearch, toOrderFilter } from './order-search.ts'

interface OrderFiltersProps {
  search: OrderSearch
  onChange: ChangeSearch
}

/** Sets the filters of the list. */
export function OrderFilters({ search, onChange }: OrderFiltersProps) {
  const [isMoreOpen, setMoreOpen] = useState(false)
  const statuses = toOrderFilter(search).status ?? []
  const toggle = (status: (typeof ORDER_STATUSES)[number], isOn: boolean) => {
    const chosen = ORDER_STATUSES.filter((one) => (one === status ? isOn : statuses.includes(one)))
    onChange({ status: chosen.join(',') || undefined })
  }
  return (
    <Toolbar label={m.order_filters()}>
      <TextFilter text={search.text} onChange={onChange} />
      {ORDER_STATUSES.map((status) => (
        <FilterChip
          key={status}
          label={orderStatusLabel(status)}
          isOn={statuses.includes(status)}
          onChange={(isOn) => toggle(status, isOn)}
        />
      ))}
      <button type="button" className="button button-quiet button-small" onClick={() => setMoreOpen(true)}>
        {m.order_more_filters()}
      </button>
      <SetFilters search={search} onChange={onChange} />
      {isMoreOpen && <MoreFilters search={search} onChange={onChange} onClose={() => setMoreOpen(false)} />}
    </Toolbar>
  )
}

/** The filters that are set and have no field of their own. */
function SetFilters({ search, onChange }: OrderFiltersProps) {
  useTimeMode()
  const { member, product, min, max, from, to } = search
  const set: [keyof OrderSearch, string | undefined][] = [
    ['member', member],
    ['product', product === undefined ? undefined : m.order_of_product({ productId: String(product) })],
    ['min', min === undefined ? undefined : `≥ ${formatMoney(min)}`],
    ['max', max === undefined ? undefined : `≤ ${formatMoney(max)}`],
    ['from', from === undefined ? undefined : m.order_from({ time: formatTime(from) })],
    ['to', to === undefined ? undefined : m.order_to({ time: formatTime(to) })],
  ]
  return set.map(
    ([name, label]) =>
      label !== undefined && <SetFilter key={name} label={label} onRemove={() => onChange({ [name]: undefined })} />,
  )
}

const TYPING_MS = 300
const ALLOWED = /[^A-Za-z0-9._:@-]/g

/** Finds by order id or member, while it is typed. */
function TextFilter({ text = '', onChange }: { text: string | undefined; onChange: ChangeSearch }) {
  const [typed, setTyped] = useState(text)
  const input = useRef<HTMLInputElement>(null)
  const lastSent = useRef(text)
  useEffect(() => {
    // Another view was chosen.
    if (text !== lastSent.current) setTyped(text)
    lastSent.current = text
  }, [text])
  useEffect(() => {
    if (typed === lastSent.current) return
    const timer = setTimeout(send, TYPING_MS)
    return () => clearTimeout(timer)
    function send() {
      lastSent.current = typed
      onChange({ text: typed || undefined })
    }
  }, [typed, onChange])
  usePageActions(
    useMemo(() => [{ id: 'find-order', label: m.order_find(), key: '/', run: () => input.current?.focus() }], []),
  )
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    lastSent.current = typed
    onChange({ text: typed || undefined })
  }
  return (
    <form className="text-filter" onSubmit={submit}>
      <input
        ref={input}
        type="search"
        className="input"
        aria-label={m.order_find()}
        placeholder={m.order_find()}
        maxLength={MEMBER_ID_MAX_LENGTH}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={({ target }) => setTyped(target.value.replace(ALLOWED, ''))}
      />
    </form>
  )
}
