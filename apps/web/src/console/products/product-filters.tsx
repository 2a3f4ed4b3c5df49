import { MAX_STOCK, SEARCH_MAX_LENGTH } from '@jumun/contract/limits'
import { useEffect, useMemo, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { Toolbar } from '../components/toolbar.tsx'
import { usePageActions } from '../frame/actions.ts'
import { type ProductSearch, parseProductSearch } from './product-search.ts'

const TYPING_MS = 300

interface ProductFiltersProps {
  search: ProductSearch
  onChange: (search: ProductSearch) => void
}

/** Finds products by name, low stock, and whether they are still for sale. */
export function ProductFilters({ search, onChange }: ProductFiltersProps) {
  const input = useRef<HTMLInputElement>(null)
  const [name, setName] = useTyped(search.search ?? '', (text) =>
    onChange(parseProductSearch({ ...search, search: text })),
  )
  const [maxStock, setMaxStock] = useTyped(String(search.maxStock ?? ''), (text) =>
    onChange(parseProductSearch({ ...search, maxStock: text })),
  )
  usePageActions(
    useMemo(() => [{ id: 'find-product', label: m.products_find(), key: '/', run: () => input.current?.focus() }], []),
  )
  return (
    <Toolbar label={m.products_filters()}>
      <input
        ref={input}
        type="search"
        className="input product-search"
        aria-label={m.products_find()}
        placeholder={m.products_find()}
        maxLength={SEARCH_MAX_LENGTH}
        autoComplete="off"
        spellCheck={false}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <label className="filter-field">
        {m.products_max_stock()}
        <input
          type="number"
          className="input"
          min={0}
          max={MAX_STOCK}
          inputMode="numeric"
          autoComplete="off"
          value={maxStock}
          onChange={({ target }) => setMaxStock(target.value)}
        />
      </label>
      <label className="filter-field">
        {m.products_removed_filter()}
        <select
          className="input"
          value={search.removed ?? 'exclude'}
          onChange={({ target }) => onChange(parseProductSearch({ ...search, removed: target.value }))}
        >
          <option value="exclude">{m.products_removed_exclude()}</option>
          <option value="include">{m.products_removed_include()}</option>
          <option value="only">{m.products_removed_only()}</option>
        </select>
      </label>
    </Toolbar>
  )
}

/** A text that is told when the typing rests. */
function useTyped(value: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    // The address changed otherwise, such as by going back.
    if (value !== told.current) setTyped(value)
    told.current = value
  }, [value])
  useEffect(() => {
    if (typed === told.current) return
    const timer = setTimeout(() => {
      told.current = typed
      latest.current(typed)
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return [typed, setTyped]
}
