import type { AdminProduct } from '@jumun/client'
import { memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { useStock } from '../../shared/stock.ts'
import { Badge } from '../components/badge.tsx'
import { editText, FIELDS, type Field, parseEdit } from './cell-edit.ts'
import { conflictsOf, editCell, type RowDraft } from './draft.ts'
import { changeDraft, useRowDraft } from './draft-store.ts'
import { describeEdit, describeLimits, fieldLabel, formatValue } from './edit-words.tsx'

/** The columns as they stand, by which the focus moves. */
export const COLUMNS = ['id', ...FIELDS, 'key', 'more'] as const

export type ColumnId = (typeof COLUMNS)[number]

interface ProductRowProps {
  index: number
  product: AdminProduct
  /** The column that has the focus or gets it, if it is in this row. */
  active: ColumnId | undefined
  /** The text with which the active cell is edited; undefined while it is not. */
  editing: string | undefined
  onFocus: (index: number, column: ColumnId) => void
  onEdit: (index: number, column: ColumnId) => void
  onEndEdit: (move: 'down' | 'right' | 'left' | 'stay' | 'none') => void
  onOpen: (product: AdminProduct) => void
}

function PlainProductRow(props: ProductRowProps) {
  const { index, active, editing, onFocus, onEdit, onOpen } = props
  const draft = useRowDraft(props.product.id)
  const stock = useStock(props.product.id, props.product.stock)
  const product = stock === props.product.stock ? props.product : { ...props.product, stock }
  const cell = (column: ColumnId) => ({
    'data-column': column,
    role: 'gridcell',
    tabIndex: active === column ? 0 : -1,
    onFocus: () => active !== column && onFocus(index, column),
  })
  const isReadOnly = product.removedAt !== null || draft?.sent !== undefined
  const editCellOf = (field: Field) => {
    const isEditing = active === field && editing !== undefined
    return (
      <td
        key={field}
        {...cell(field)}
        className={cellClass(field, draft)}
        {...(isReadOnly && { 'aria-readonly': true })}
        onDoubleClick={() => onEdit(index, field)}
      >
        {isEditing ? (
          <CellEditor field={field} text={editing} product={product} draft={draft} onEnd={props.onEndEdit} />
        ) : (
          <CellValue field={field} product={product} draft={draft} />
        )}
      </td>
    )
  }
  return (
    <tr data-index={index} aria-rowindex={index + 2} className={product.removedAt ? 'is-removed' : undefined}>
      <td {...cell('id')} className="end muted">
        {product.id}
      </td>
      {FIELDS.map(editCellOf)}
      <td {...cell('key')} className="wide-only mono">
        {product.key}
      </td>
      <td {...cell('more')} className="more-cell">
        {product.removedAt && <Badge>{m.products_removed()}</Badge>}
        <button
          type="button"
          tabIndex={-1}
          className="button button-quiet button-small"
          aria-label={m.products_details_of({ name: product.name })}
          onClick={() => onOpen(product)}
        >
          ⋯
        </button>
      </td>
    </tr>
  )
}

/** A product in the grid, drawn again only when it or its draft changes. */
export const ProductRow = memo(PlainProductRow)

function cellClass(field: Field, draft: RowDraft | undefined): string {
  const names = [field === 'name' ? 'name-cell' : 'end']
  if (draft?.edits[field]) names.push('is-edited')
  if (draft && (draft.refusal !== undefined || conflictsOf(draft).includes(field))) names.push('is-refused')
  return names.join(' ')
}

interface CellProps {
  field: Field
  product: AdminProduct
  draft: RowDraft | undefined
}

function CellValue({ field, product, draft }: CellProps): ReactNode {
  const edit = draft?.edits[field]
  const value = formatValue(field, product[field])
  if (!edit) return value
  const after = describeEdit(field, edit)
  return (
    <span title={`${value} → ${after}`}>
      <del className="muted">{value}</del> <ins>{after}</ins>
    </span>
  )
}

interface CellEditorProps extends CellProps {
  text: string
  onEnd: ProductRowProps['onEndEdit']
}

/** Edits a cell. Enter goes down, Tab goes on to the next cell, Escape leaves all as it was. */
function CellEditor({ field, text, product, draft, onEnd }: CellEditorProps) {
  const [typed, setTyped] = useState(text === '' ? editText(field, product, draft?.edits) : text)
  const [isWrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const isOver = useRef(false)
  // What was there when the editing began is what the operator has seen.
  const seen = useRef(product)
  useLayoutEffect(() => {
    input.current?.focus({ preventScroll: true })
    if (text === '') input.current?.select()
  }, [text])
  const end = (move: Parameters<typeof onEnd>[0], isKept: boolean) => {
    if (isOver.current) return
    if (isKept) {
      const edit = parseEdit(field, typed, seen.current)
      // A text that the cell does not take is given up only with Escape, or by leaving.
      if (edit === undefined && move !== 'none') return setWrong(true)
      if (edit !== undefined) changeDraft((before) => editCell(before, seen.current, field, edit))
    }
    isOver.current = true
    onEnd(move)
  }
  return (
    <>
      <input
        ref={input}
        className="cell-input"
        aria-label={`${fieldLabel(field)}, ${product.name}`}
        aria-invalid={isWrong}
        aria-describedby={isWrong ? 'cell-problem' : undefined}
        autoComplete="off"
        spellCheck={false}
        inputMode={field === 'price' ? 'numeric' : 'text'}
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value)
          setWrong(false)
        }}
        onBlur={() => end('none', true)}
        onPaste={(event) => event.stopPropagation()}
        onKeyDown={(event) => {
          event.stopPropagation()
          // A letter of Hangul that is not complete yet.
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Enter') end('down', true)
          else if (event.key === 'Tab') end(event.shiftKey ? 'left' : 'right', true)
          else if (event.key === 'Escape') end('stay', false)
          else return
          event.preventDefault()
        }}
      />
      {isWrong && (
        <span id="cell-problem" className="cell-problem" role="alert">
          {describeLimits(field)}
        </span>
      )}
    </>
  )
}

/** Takes the edit of a cell back. */
export function undoCell(product: AdminProduct, field: Field): void {
  changeDraft((draft) => {
    const row = draft[product.id]
    return row ? editCell(draft, product, field, null) : draft
  })
}
