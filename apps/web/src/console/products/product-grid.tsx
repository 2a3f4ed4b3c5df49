import type { AdminProduct } from '@jumun/client'
import { type ClipboardEvent, useEffect, useRef } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { readStock } from '../../shared/stock.ts'
import { Spacer, useVirtualRows } from '../components/data-table.tsx'
import { notify } from '../components/toasts.tsx'
import { changeDraft } from './draft-store.ts'
import { paste } from './paste.ts'
import { COLUMNS, type ColumnId, ProductRow } from './product-row.tsx'
import { readSpreadsheet } from './read-spreadsheet.ts'
import { isField, useCellKeys } from './use-cell-keys.ts'

/** How many rows before the end the next page is asked for: scrolling shall not wait. */
const NEAR_END = 300

interface ProductGridProps {
  products: readonly AdminProduct[]
  onEndReached: () => void
  isReading: boolean
  onOpen: (product: AdminProduct) => void
}

/** Products as a spreadsheet: cells that are edited in place and filled by pasting. Only rows in sight are drawn. */
export function ProductGrid({ products, onEndReached, isReading, onOpen }: ProductGridProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualRows(products.length, scroller)
  const keys = useCellKeys({ products, scroller, show: virtual.show })
  const { active } = keys
  const isNearEnd = (virtual.items.at(-1)?.index ?? 0) >= products.length - NEAR_END
  // After each page, because the next one may be near as well.
  useEffect(() => {
    if (isNearEnd && !isReading) onEndReached()
  }, [isNearEnd, isReading, products.length, onEndReached])

  const onPaste = (event: ClipboardEvent) => {
    const { row, column } = active
    if (!isField(column)) return
    event.preventDefault()
    void fill(event.clipboardData.getData('text/plain'), products.slice(row), column)
  }
  return (
    <div ref={scroller} className="table-scroller page">
      {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table whose cells are edited */}
      <table role="grid" className="product-grid" aria-label={m.products()} aria-rowcount={products.length + 1}>
        <Head />
        <Spacer height={virtual.before} />
        <tbody onKeyDown={keys.onKeyDown} onPaste={onPaste}>
          {virtual.items.map(({ index }) => {
            const product = products[index]
            const isActive = index === Math.min(active.row, products.length - 1)
            return (
              product && (
                <ProductRow
                  key={product.id}
                  index={index}
                  product={product}
                  active={isActive ? active.column : undefined}
                  editing={isActive ? active.editing : undefined}
                  onFocus={keys.onFocus}
                  onEdit={keys.onEdit}
                  onEndEdit={keys.onEndEdit}
                  onOpen={onOpen}
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

/** Puts what a spreadsheet copied into the draft. */
async function fill(text: string, products: readonly AdminProduct[], from: Parameters<typeof paste>[3]): Promise<void> {
  const cells = await readSpreadsheet(text)
  const seen = products.slice(0, cells.length).map((one) => ({ ...one, stock: readStock(one.id, one.stock) }))
  changeDraft((draft) => {
    const pasted = paste(draft, cells, seen, from)
    const counts = { filled: formatNumber(pasted.filled), refused: formatNumber(pasted.refused) }
    if (pasted.refused > 0) notify(m.products_pasted_refused(counts), 'bad')
    else notify(m.products_pasted(counts))
    return pasted.draft
  })
}

const WIDTHS: Partial<Record<ColumnId, number>> = { id: 64, price: 184, stock: 140, key: 150, more: 152 }

function Head() {
  const labels: Record<ColumnId, string> = {
    id: m.products_id(),
    name: m.products_name(),
    price: m.products_price(),
    stock: m.products_stock(),
    key: m.products_key(),
    more: m.products_details(),
  }
  const className = (column: ColumnId) =>
    ({ id: 'end', price: 'end', stock: 'end', key: 'wide-only' })[column as string] ?? ''
  return (
    <>
      <colgroup>
        {COLUMNS.map((column) => (
          <col key={column} className={className(column)} style={{ width: WIDTHS[column] }} />
        ))}
      </colgroup>
      <thead>
        <tr aria-rowindex={1}>
          {COLUMNS.map((column) => (
            <th key={column} scope="col" className={`${className(column)} ${column === 'more' ? 'end' : ''}`}>
              {labels[column]}
            </th>
          ))}
        </tr>
      </thead>
    </>
  )
}
