import type { JumunClient, OutboxEvent, OutboxState, Page } from '@jumun/client'

const MAX_PAGE_SIZE = 100

/** Reads the events that the data platform has not accepted, oldest first, page by page. */
export async function* readOutbox(
  jumun: JumunClient,
  state: OutboxState,
  pageSize = MAX_PAGE_SIZE,
): AsyncGenerator<OutboxEvent, void, undefined> {
  let cursor: string | null | undefined
  do {
    const page: Page<OutboxEvent> = await jumun.outbox.list.query({ state, limit: pageSize, ...(cursor && { cursor }) })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
