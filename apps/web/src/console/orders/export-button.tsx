import { useEffect, useRef, useState } from 'react'
import { m } from '../../messages/messages.js'
import { formatNumber } from '../../shared/format.ts'
import { download } from '../components/csv.ts'
import { describeError } from '../components/states.tsx'
import { notify } from '../components/toasts.tsx'
import { EXPORT_MAX_ROWS, exportOrders } from './export-orders.ts'
import type { OrderFilter } from './order-search.ts'

/** Saves the orders that match as a CSV file; a second press stops. */
export function ExportButton({ filter }: { filter: OrderFilter }) {
  const [rows, setRows] = useState<number>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const start = async () => {
    const stop = new AbortController()
    running.current = stop
    setRows(0)
    try {
      download(await exportOrders(filter, setRows, stop.signal), `orders-${new Date().toISOString().slice(0, 16)}.csv`)
      notify(m.order_exported())
    } catch (error) {
      if (!stop.signal.aborted) notify(describeError(error), 'bad')
    } finally {
      setRows(undefined)
    }
  }
  return (
    <button
      type="button"
      className="button button-small"
      title={m.order_export_limit({ limit: formatNumber(EXPORT_MAX_ROWS) })}
      onClick={() => (rows === undefined ? void start() : running.current?.abort())}
    >
      {rows === undefined ? m.order_export() : m.order_export_stop({ count: formatNumber(rows) })}
    </button>
  )
}
