import type { JumunClient, OutboxEvent, OutboxState, Page } from '@jumun/client'

/** The most that a page has. */
const PAGE_SIZE = 100

/** Events that the data platform has not taken, the oldest first, read page by page. */
export async function* readOutbox(
  jumun: JumunClient,
  state: OutboxState,
  pageSize = PAGE_SIZE,
): AsyncGenerator<OutboxEvent, void, undefined> {
  let cursor: string | null | undefined
  do {
    const page: Page<OutboxEvent> = await jumun.outbox.list.query({ state, limit: pageSize, ...(cursor && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
