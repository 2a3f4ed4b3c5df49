import { z } from 'zod'
import { callPlatform, type DataPlatform, DeliveryError, timeLimit } from './data-platform.ts'

/** Four times the size of a thousand orders. */
const ANSWER_MAX_BYTES = 1_000_000

/** An order id of the platform: only characters that both sides sort alike, and short enough for a cursor. */
export const PLATFORM_ORDER_ID = /^[\w-]{1,64}$/

const page = z.object({
  items: z.array(z.object({ orderId: z.string().regex(PLATFORM_ORDER_ID), version: z.int(), type: z.string() })),
  nextAfter: z.string().nullable(),
})

/** A page of the platform's orders by id: the highest version received of each, and the type of that event. */
export type DeliveredOrders = Awaited<ReturnType<typeof listDelivered>>

/**
 * Lists the orders that the data platform has after an id, sorted by id.
 * Follows no redirect. Throws `DeliveryError`, also when the ids in the answer do not increase.
 *
 * @param limit 1 to 1,000
 */
export async function listDelivered(platform: DataPlatform, { after, limit }: { after: string; limit: number }) {
  const search = new URLSearchParams({ after, limit: String(limit) }).toString()
  const request = { url: platform.url, search, signal: timeLimit(platform) }
  const { items, nextAfter } = await callPlatform(request, { schema: page, maxBytes: ANSWER_MAX_BYTES })
  const ids = [after, ...items.map(({ orderId }) => orderId)]
  const forward = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))
  const more = nextAfter !== null
  if (!forward || items.length > limit || (more && items.length === 0))
    throw new DeliveryError('The data platform does not list its orders in their order.')
  return { items, more }
}
