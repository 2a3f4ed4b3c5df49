import { type MouseEvent, memo, type ReactElement } from 'react'
import { m } from '../../messages/messages.js'
import type { Column } from './table-model.ts'

interface TableRowProps<Row> {
  index: number
  row: Row
  columns: readonly Column<Row>[]
  isActive: boolean
  onFocus: (index: number) => void
  onOpen: ((row: Row) => void) | undefined
  /** Undefined where rows cannot be selected. */
  isSelected: boolean | undefined
  onToggle: (index: number) => void
}

function PlainTableRow<Row>(props: TableRowProps<Row>) {
  const { index, row, columns, isActive, onFocus, onOpen, isSelected, onToggle } = props
  return (
    <tr
      data-index={index}
      aria-rowindex={index + 2}
      tabIndex={isActive ? 0 : -1}
      className={onOpen ? 'can-open' : undefined}
      aria-selected={isSelected}
      onFocus={() => onFocus(index)}
      onClick={onOpen && ((event) => !isControl(event) && onOpen(row))}
    >
      {isSelected !== undefined && (
        <td>
          <label className="select-box">
            <span className="visually-hidden">{m.select_row()}</span>
            <input type="checkbox" tabIndex={-1} checked={isSelected} onChange={() => onToggle(index)} />
          </label>
        </td>
      )}
      {columns.map(({ id, cell, align, isWideOnly }) => (
        <td key={id} className={cellClass(align, isWideOnly)}>
          {cell(row)}
        </td>
      ))}
    </tr>
  )
}

/** A row of a table, drawn again only when it changes. */
export const TableRow = memo(PlainTableRow) as <Row>(props: TableRowProps<Row>) => ReactElement

/** Whether a click is not for the row: it is on a link or field, or ends a selection of text. */
function isControl({ target }: MouseEvent): boolean {
  const isText = (getSelection()?.toString() ?? '') !== ''
  return isText || (target instanceof Element && target.closest('a, button, input, label, select') !== null)
}

/** The classes of a cell and its heading. */
export function cellClass(align: 'start' | 'end' | undefined, isWideOnly: boolean | undefined): string | undefined {
  return [align === 'end' && 'end', isWideOnly && 'wide-only'].filter(Boolean).join(' ') || undefined
}
