import {
  type ColumnDef,
  type RowSelectionState,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { type ReactNode, useMemo } from 'react'

/** A column: its heading, and what stands in it. */
export interface Column<Row> {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  align?: 'start' | 'end'
  /** In pixels; columns without one share what is left. */
  width?: number
  /** Left out on narrow screens. */
  isWideOnly?: boolean
}

/** Which rows are selected, by id. */
export interface Selection {
  selected: ReadonlySet<string>
  onChange: (selected: ReadonlySet<string>) => void
}

const features = tableFeatures({ rowSelectionFeature })

/** The rows of a table and which of them are selected. */
export function useTableModel<Row extends object>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  rowId: (row: Row) => string,
  selection: Selection | undefined,
) {
  const selected = selection?.selected
  const rowSelection = useMemo(() => toState(selected), [selected])
  return useTable({
    features,
    // The library only reads it.
    data: rows as Row[],
    columns: useMemo(() => columns.map(toColumnDef), [columns]),
    getRowId: rowId,
    enableRowSelection: selection !== undefined,
    state: { rowSelection },
    onRowSelectionChange: (update) => {
      const after = typeof update === 'function' ? update(rowSelection) : update
      selection?.onChange(new Set(Object.keys(after).filter((id) => after[id])))
    },
  })
}

function toColumnDef<Row extends object>({ id, header, cell }: Column<Row>): ColumnDef<typeof features, Row> {
  return { id, header, cell: ({ row }) => cell(row.original) }
}

function toState(selected: ReadonlySet<string> = new Set()): RowSelectionState {
  return Object.fromEntries([...selected].map((id) => [id, true as const]))
}
