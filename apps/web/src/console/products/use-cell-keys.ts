import type { AdminProduct } from '@jumun/client'
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { FIELDS, type Field } from './cell-edit.ts'
import { readDraft } from './draft-store.ts'
import { COLUMNS, type ColumnId, undoCell } from './product-row.tsx'

const PAGE_ROWS = 10

interface CellKeysOptions {
  products: readonly AdminProduct[]
  scroller: RefObject<HTMLElement | null>
  /** Scrolls a row into sight. */
  show: (index: number) => void
}

export interface ActiveCell {
  row: number
  column: ColumnId
  /** The text with which the editing began; empty: with the cell's own. Undefined while it is not edited. */
  editing?: string
}

/** Moves the focus over the cells of the grid by keys, and begins and ends the editing of a cell. */
export function useCellKeys({ products, scroller, show }: CellKeysOptions) {
  const [active, setActive] = useState<ActiveCell>({ row: 0, column: 'name' })
  const latest = useRef({ active, products, show })
  latest.current = { active, products, show }
  /** Whether the active cell gets the focus as soon as it is drawn. */
  const isWanted = useRef(false)

  useEffect(() => {
    if (!isWanted.current || active.editing !== undefined) return
    const cell = scroller.current?.querySelector<HTMLElement>(
      `tr[data-index="${active.row}"] [data-column="${active.column}"]`,
    )
    cell?.focus({ preventScroll: true })
    if (cell) isWanted.current = false
  })

  const move = useCallback((row: number, column: number) => {
    const { products, show } = latest.current
    const target = Math.max(0, Math.min(products.length - 1, row))
    isWanted.current = true
    setActive({ row: target, column: COLUMNS[Math.max(0, Math.min(COLUMNS.length - 1, column))] ?? 'name' })
    show(target)
  }, [])

  const onFocus = useCallback((row: number, column: ColumnId) => setActive({ row, column }), [])
  const onEdit = useCallback((row: number, column: ColumnId, text = '') => {
    const product = latest.current.products[row]
    if (!product || product.removedAt !== null || !isField(column) || readDraft()[product.id]?.sent) return
    setActive({ row, column, editing: text })
  }, [])
  const onEndEdit = useCallback(
    (to: 'down' | 'right' | 'left' | 'stay' | 'none') => {
      const { row, column } = latest.current.active
      const at = COLUMNS.indexOf(column)
      if (to === 'none') return setActive((before) => (before.editing === undefined ? before : { row, column }))
      if (to === 'down') return move(row + 1, at)
      if (to === 'stay') return move(row, at)
      const next = nextField(row, column, to === 'right' ? 1 : -1)
      move(next.row, COLUMNS.indexOf(next.column))
      onEdit(Math.max(0, Math.min(latest.current.products.length - 1, next.row)), next.column)
    },
    [move, onEdit],
  )

  const onKeyDown = (event: KeyboardEvent) => {
    const { row, column } = active
    const product = products[row]
    if (!product || event.altKey || event.nativeEvent.isComposing) return
    const at = COLUMNS.indexOf(column)
    const isFar = event.ctrlKey || event.metaKey
    const target = targetOf(event.key, isFar, row, at, products.length - 1)
    if (target) move(target[0], target[1])
    else if (isFar) return
    else if ((event.key === 'Enter' || event.key === 'F2') && isField(column)) onEdit(row, column)
    else if (event.key === 'Enter' && column === 'more') return void clickIn(event)
    else if (event.key === 'Escape' && isField(column)) undoCell(product, column)
    else if (isField(column) && startsText(column, event.key)) onEdit(row, column, event.key)
    else return
    event.preventDefault()
    // Otherwise a letter would be a key of the page too.
    event.stopPropagation()
  }
  return { active, onKeyDown, onFocus, onEdit, onEndEdit }
}

export function isField(column: ColumnId): column is Field {
  return (FIELDS as readonly string[]).includes(column)
}

function clickIn({ target }: KeyboardEvent): void {
  if (target instanceof HTMLTableCellElement) target.querySelector('button')?.click()
}

/** Typing in a cell of numbers replaces what is in it. In a name, letters are keys of the page. */
function startsText(column: Field, key: string): boolean {
  return column === 'stock' ? /^[\d=+-]$/.test(key) : column === 'price' && /^\d$/.test(key)
}

/** Where a key leads to, as row and column. */
function targetOf(
  key: string,
  isFar: boolean,
  row: number,
  column: number,
  last: number,
): [number, number] | undefined {
  const far: Record<string, [number, number]> = {
    Home: [0, 0],
    End: [last, COLUMNS.length - 1],
    ArrowUp: [0, column],
    ArrowDown: [last, column],
  }
  const near: Record<string, [number, number]> = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    PageUp: [row - PAGE_ROWS, column],
    PageDown: [row + PAGE_ROWS, column],
    Home: [row, 0],
    End: [row, COLUMNS.length - 1],
  }
  return (isFar ? far : near)[key]
}

/** The next cell that can be edited, over the ends of rows. */
function nextField(row: number, column: ColumnId, step: 1 | -1): { row: number; column: Field } {
  const at = FIELDS.indexOf(column as Field) + step
  const field = FIELDS[(at + FIELDS.length) % FIELDS.length] ?? 'name'
  return { row: row + Math.floor(at / FIELDS.length), column: field }
}
