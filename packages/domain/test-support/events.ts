import type { Shop } from '@jumun/test-kit/domain-shop'
import { OUTBOX } from '../src/delivery/outbox.ts'
import type { OutgoingEvent } from '../src/delivery/outgoing-event.ts'

/** The events of an order in the outbox, by version. */
export async function eventsOf(shop: Shop, orderId: string): Promise<OutgoingEvent[]> {
  const jobs = await shop.em.execute<{ data: OutgoingEvent }[]>(
    `select data from pgboss.job where name = ? and data->>'orderId' = ? order by (data->>'version')::int`,
    [OUTBOX, orderId],
  )
  return jobs.map((job) => job.data)
}

/** The number of rows in all tables that an order can write to: orders, lines, ledger, idempotency keys and outbox. */
export async function countTraces(shop: Shop): Promise<number> {
  const [row] = await shop.em.execute<[{ traces: number }]>(
    `select ((select count(*) from "order") + (select count(*) from order_line) + (select count(*) from point_entry)
      + (select count(*) from idempotency_record) + (select count(*) from pgboss.job))::float8 as traces`,
  )
  return row.traces
}
