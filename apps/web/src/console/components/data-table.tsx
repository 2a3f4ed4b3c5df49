import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { type Column, type Selection, useTableModel } from './table-model.ts'
import { cellClass, TableRow } from './table-row.tsx'
import { useRowKeys } from './use-row-keys.ts'

interface DataTableProps<Row extends object> {
  /** What the table lists, for screen readers. */
  label: string
  /** The same array until it changes: a constant, or `useMemo`. */
  columns: readonly Column<Row>[]
  /** The same array until it changes. */
  rows: readonly Row[]
  rowId: (row: Row) => string
  /** By Enter on a row, and by a click on it. The same function until it changes. */
  onOpen?: (row: Row) => void
  /** With it, `x` and a box select rows. */
  selection?: Selection
  /** Called when the last rows come into sight: read the next page. */
  onEndReached?: () => void
  isLoadingMore?: boolean
  /** The table of the page: `j` and `k` go to it from anywhere. */
  isMain?: boolean
  /** As high as the window allows, or only a part of that. */
  height?: 'page' | 'part'
}

const ROW_HEIGHT = 44
/** Each row beyond the edges costs as much as one in sight at every screen that is scrolled. */
const OVERSCAN = 4
/** How many rows before the end the next page is asked for. */
const NEAR_END = 20

/** A real table of any number of rows, of which only those in sight are drawn. */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowId, onOpen, selection, height = 'page' } = props
  const scroller = useRef<HTMLDivElement>(null)
  const model = useTableModel(rows, columns, rowId, selection)
  const modelRows = model.getRowModel().rows
  const virtual = useVirtualRows(modelRows.length, scroller, props.onEndReached)
  const [wanted, setActive] = useState(0)
  const active = Math.max(0, Math.min(wanted, rows.length - 1))
  const toggle = (index: number) => selection && modelRows[index]?.toggleSelected()
  const onKeyDown = useRowKeys({
    active,
    setActive,
    count: rows.length,
    show: virtual.show,
    open: (index) => rows[index] && onOpen?.(rows[index]),
    toggle,
    scroller,
    isMain: props.isMain ?? false,
  })
  return (
    <div ref={scroller} className={`table-scroller ${height}`}>
      <table aria-label={label} aria-rowcount={rows.length + 1} aria-busy={props.isLoadingMore}>
        <Head
          columns={columns}
          isSelectable={selection !== undefined}
          areAllSelected={selection !== undefined && model.getIsAllRowsSelected()}
          onToggleAll={() => model.toggleAllRowsSelected()}
        />
        <Spacer height={virtual.before} />
        <tbody onKeyDown={onKeyDown}>
          {virtual.items.map(({ index }) => {
            const row = modelRows[index]
            return (
              row && (
                <TableRow
                  key={row.id}
                  index={index}
                  row={row.original}
                  columns={columns}
                  isActive={index === active}
                  onFocus={setActive}
                  onOpen={onOpen}
                  isSelected={selection && row.getIsSelected()}
                  onToggle={toggle}
                />
              )
            )
          })}
        </tbody>
        <Spacer height={virtual.after} />
      </table>
    </div>
  )
}

/** Which rows to draw, and how high those are that are not drawn. */
export function useVirtualRows(count: number, scroller: { current: HTMLDivElement | null }, onEndReached?: () => void) {
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    // So that the first drawing has rows before the box is measured.
    initialRect: { width: 0, height: 800 },
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)
  const isNearEnd = count > 0 && last !== undefined && last.index >= count - NEAR_END
  useEffect(() => {
    if (isNearEnd && count > 0) onEndReached?.()
  }, [isNearEnd, count, onEndReached])
  return {
    items,
    before: items[0]?.start ?? 0,
    after: virtualizer.getTotalSize() - (last?.end ?? 0),
    show: (index: number) => virtualizer.scrollToIndex(index),
  }
}

/** Stands for the rows that are not drawn. */
export function Spacer({ height }: { height: number }) {
  if (height <= 0) return null
  return (
    <tbody aria-hidden="true" className="spacer">
      <tr style={{ height }} />
    </tbody>
  )
}

interface HeadProps<Row> {
  columns: readonly Column<Row>[]
  isSelectable: boolean
  areAllSelected: boolean
  onToggleAll: () => void
}

function Head<Row>({ columns, isSelectable, areAllSelected, onToggleAll }: HeadProps<Row>) {
  return (
    <>
      <colgroup>
        {isSelectable && <col className="select-column" />}
        {columns.map(({ id, width, isWideOnly }) => (
          <col key={id} className={cellClass(undefined, isWideOnly)} style={width === undefined ? {} : { width }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {isSelectable && (
            <th scope="col">
              <label className="select-box">
                <span className="visually-hidden">{m.select_all()}</span>
                <input type="checkbox" checked={areAllSelected} onChange={onToggleAll} />
              </label>
            </th>
          )}
          {columns.map(({ id, header, align, isWideOnly }) => (
            <th key={id} scope="col" className={cellClass(align, isWideOnly)}>
              {header}
            </th>
          ))}
        </tr>
      </thead>
    </>
  )
}
