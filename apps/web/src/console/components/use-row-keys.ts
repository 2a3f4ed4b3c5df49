import { type KeyboardEvent, type RefObject, useCallback, useEffect, useMemo, useRef } from 'react'
import { m } from '../../messages/messages.js'
import { usePageActions } from '../frame/actions.ts'

interface RowKeysOptions {
  /** The row that has the focus, or gets it when the focus comes into the table. */
  active: number
  setActive: (index: number) => void
  count: number
  /** Scrolls a row into sight. */
  show: (index: number) => void
  open: (index: number) => void
  toggle: (index: number) => void
  scroller: RefObject<HTMLElement | null>
  /** Whether `j` and `k` work where no row has the focus. */
  isMain: boolean
}

const PAGE_ROWS = 10

/** Where each key leads to, from the active row. */
const MOVES: Record<string, (active: number, last: number) => number> = {
  ArrowDown: (active) => active + 1,
  j: (active) => active + 1,
  ArrowUp: (active) => active - 1,
  k: (active) => active - 1,
  PageDown: (active) => active + PAGE_ROWS,
  PageUp: (active) => active - PAGE_ROWS,
  Home: () => 0,
  End: (_active, last) => last,
}

/** Moves the focus over the rows of a table by keys, opens and selects them. Returns the handler of the table's body. */
export function useRowKeys(options: RowKeysOptions): (event: KeyboardEvent) => void {
  const { active, setActive, count, show, scroller, isMain } = options
  /** A row that gets the focus as soon as it is drawn. */
  const wanted = useRef<number>(undefined)
  const last = count - 1

  const move = useCallback(
    (index: number) => {
      if (last < 0) return
      const target = Math.max(0, Math.min(last, index))
      wanted.current = target
      setActive(target)
      show(target)
      focusRow(scroller.current, target)
    },
    [last, setActive, show, scroller],
  )

  // After each drawing, because a row far away is drawn only after the scroll.
  useEffect(() => {
    if (wanted.current !== undefined && focusRow(scroller.current, wanted.current)) wanted.current = undefined
  })

  const enter = useRef(() => {})
  enter.current = () => move(active)
  const actions = useMemo(
    () =>
      isMain
        ? ['j', 'k'].map((key) => ({
            id: `row-${key}`,
            label: m.key_to_table(),
            key,
            run: () => enter.current(),
            isHidden: true,
          }))
        : [],
    [isMain],
  )
  usePageActions(actions)

  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !isRow(event.target)) return
    const moveTo = MOVES[event.key]
    if (moveTo) move(moveTo(active, last))
    else if (event.key === 'Enter') options.open(active)
    else if (event.key === 'x') options.toggle(active)
    else return
    event.preventDefault()
  }
}

/** Keys in a field or on a button of a row are theirs. */
function isRow(target: EventTarget): boolean {
  return target instanceof HTMLTableRowElement
}

function focusRow(scroller: HTMLElement | null, index: number): boolean {
  const row = scroller?.querySelector<HTMLElement>(`tr[data-index="${index}"]`)
  row?.focus({ preventScroll: true })
  return row !== null && row !== undefined
}
