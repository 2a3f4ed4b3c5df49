import type { OutboxEvent } from '@jumun/client'
import { type Columns, renderTable } from '../../terminal/table.ts'

/** Renders events as a table. */
export function eventTable(events: OutboxEvent[]): string {
  const columns: Columns<OutboxEvent> = {
    ID: ({ id }) => id,
    ORDER: ({ orderId }) => orderId,
    TYPE: ({ type }) => type,
    VERSION: ({ version }) => version,
    ATTEMPTS: ({ attempts }) => attempts,
    SINCE: ({ since }) => since,
    REASON: ({ reason }) => reason,
  }
  return renderTable(events, columns, { cut: ['REASON'] })
}
