import type { Shop } from '@jumun/test-kit/domain-shop'
import { type OutgoingEvent, toEvent } from '../src/delivery/outgoing-event.ts'
import { isOutgoing, type OutgoingChange } from '../src/feed/outgoing-change.ts'

/** The events of an order for the data platform, by version. */
export async function eventsOf(shop: Shop, orderId: string): Promise<OutgoingEvent[]> {
  const rows = await shop.em.execute<{ event: OutgoingChange }[]>(
    `select event from change cross join lateral json_array_elements(events) event
      where event->'data'->'order'->>'id' = ? order by (event->'data'->>'version')::int`,
    [orderId],
  )
  return rows
    .map(({ event }) => event)
    .filter(isOutgoing)
    .map(toEvent)
}

/** The number of rows in all tables that an order can write to: orders, lines, ledger, idempotency keys and the feed. */
export async function countTraces(shop: Shop): Promise<number> {
  const [row] = await shop.em.execute<[{ traces: number }]>(
    `select ((select count(*) from "order") + (select count(*) from order_line) + (select count(*) from point_entry)
      + (select count(*) from idempotency_record) + (select count(*) from change where events->0->>'type' like 'order.%'))::float8 as traces`,
  )
  return row.traces
}
