import type { Order } from '@jumun/client'
import { jumun } from '../../shared/jumun.ts'
import { toCsvLine } from '../components/csv.ts'
import type { OrderFilter } from './order-search.ts'

/** The most orders of one file. */
export const EXPORT_MAX_ROWS = 10_000

const HEADINGS = ['orderId', 'memberId', 'status', 'total', 'createdAt', 'paidAt', 'cancelledAt', 'items']

/** Reads every order that matches, up to the limit, into a CSV file; tells how many it has, after each hundred. */
export async function exportOrders(
  filter: OrderFilter,
  onProgress: (rows: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  // Excel takes a file for UTF-8 only with this mark.
  const parts = ['\uFEFF', toCsvLine(HEADINGS)]
  let rows = 0
  for await (const order of jumun.searchOrders(filter, { signal })) {
    parts.push(toCsvLine(cellsOf(order)))
    rows += 1
    if (rows % 100 === 0) onProgress(rows)
    if (rows >= EXPORT_MAX_ROWS) break
  }
  return new Blob(parts, { type: 'text/csv;charset=utf-8' })
}

function cellsOf(order: Order): (string | number | null)[] {
  const { id, memberId, status, total, createdAt, paidAt, cancelledAt, items } = order
  const lines = items.map(({ productId, name, quantity }) => `${productId} ${name} × ${quantity}`).join('; ')
  return [id, memberId, status, total, createdAt, paidAt, cancelledAt, lines]
}
