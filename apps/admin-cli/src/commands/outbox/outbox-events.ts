import type { JumunClient, OutboxEvent, OutboxState, Page } from '@jumun/client'
import { PAGE_MAX_LIMIT } from '@jumun/contract/limits'
import { renderTable } from '../../terminal/table.ts'

/** Which events to read; without a reason, those of every reason. */
export interface OutboxFilter {
  state: OutboxState
  reason?: string | undefined
}

/** Reads the events that the data platform has not accepted, oldest first, page by page. */
export async function* readOutbox(
  jumun: JumunClient,
  filter: OutboxFilter,
  pageSize = PAGE_MAX_LIMIT,
): AsyncGenerator<OutboxEvent, void, undefined> {
  let cursor: string | null | undefined
  do {
    const page: Page<OutboxEvent> = await jumun.outbox.list.query({
      ...filter,
      limit: pageSize,
      ...(cursor && { cursor }),
    })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}

/** Renders events as a table. */
export function eventTable(events: OutboxEvent[]): string {
  const columns = {
    ID: 'id',
    ORDER: 'orderId',
    TYPE: 'type',
    VERSION: 'version',
    ATTEMPTS: 'attempts',
    SINCE: 'since',
    REASON: 'reason',
  } as const
  return renderTable(events, columns, { cut: ['REASON'] })
}
