import { useMemo, useState } from 'react'
import { m } from '../../../messages/messages.js'
import { formatNumber } from '../../../shared/format.ts'
import { Badge } from '../../components/badge.tsx'
import { DataTable } from '../../components/data-table.tsx'
import type { Column } from '../../components/table-model.ts'
import { FilterChip, Toolbar } from '../../components/toolbar.tsx'
import { isWrong } from './check-row.ts'
import type { ImportRow, RowState } from './import-job.ts'
import { describeWrong, stateLabel, TONES } from './row-words.ts'

const STATES: readonly RowState[] = ['new', 'exists', 'refused', 'done', 'unchecked']

const shown = ({ checked, fields }: ImportRow, name: 'name' | 'price' | 'stock') =>
  String((isWrong(checked) ? fields : checked)[name] ?? '')

const COLUMNS: readonly Column<ImportRow>[] = [
  { id: 'row', header: m.products_row(), cell: ({ row }) => formatNumber(row), align: 'end', width: 90 },
  {
    id: 'state',
    header: m.products_row_state(),
    cell: ({ state }) => <Badge tone={TONES[state]}>{stateLabel(state)}</Badge>,
    width: 150,
  },
  {
    id: 'name',
    header: m.products_name(),
    cell: (row) =>
      isWrong(row.checked) ? (
        <>
          <span className="bad-text">{describeWrong(row.checked)}</span>{' '}
          <span className="muted">{shown(row, 'name')}</span>
        </>
      ) : (
        row.checked.name
      ),
  },
  {
    id: 'price',
    header: m.products_price(),
    cell: (row) => shown(row, 'price'),
    align: 'end',
    width: 120,
    isWideOnly: true,
  },
  {
    id: 'stock',
    header: m.products_stock(),
    cell: (row) => shown(row, 'stock'),
    align: 'end',
    width: 110,
    isWideOnly: true,
  },
  {
    id: 'key',
    header: m.products_key(),
    cell: ({ checked, hasOwnKey }) =>
      !isWrong(checked) && (hasOwnKey ? checked.key : <span className="muted">{m.products_key_derived()}</span>),
    width: 200,
    isWideOnly: true,
  },
]

const rowId = ({ row }: ImportRow) => String(row)

/** What becomes of each row of the file. */
export function ImportPreview({ rows }: { rows: readonly ImportRow[] }) {
  const [only, setOnly] = useState<RowState>()
  const counts = useMemo(() => countStates(rows), [rows])
  const listed = useMemo(() => (only ? rows.filter(({ state }) => state === only) : rows), [rows, only])
  return (
    <>
      <Toolbar label={m.products_row_state()}>
        {STATES.filter((state) => counts[state] > 0).map((state) => (
          <FilterChip
            key={state}
            label={`${stateLabel(state)} ${formatNumber(counts[state])}`}
            isOn={only === state}
            onChange={(isOn) => setOnly(isOn ? state : undefined)}
          />
        ))}
      </Toolbar>
      {listed.length > 0 && (
        <DataTable label={m.products_preview()} columns={COLUMNS} rows={listed} rowId={rowId} isMain height="part" />
      )}
    </>
  )
}

export function countStates(rows: readonly ImportRow[]): Record<RowState, number> {
  const counts = { unchecked: 0, new: 0, exists: 0, refused: 0, done: 0 }
  for (const { state } of rows) counts[state] += 1
  return counts
}
