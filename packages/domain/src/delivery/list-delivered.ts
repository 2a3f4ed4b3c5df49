import { z } from 'zod'
import { discardBody, isTimeout, readText, toEndpoint } from './http.ts'
import { type DataPlatform, DeliveryError } from './send-events.ts'

const TIMEOUT_MS = 5_000

/** Four times the size of a thousand orders. */
const ANSWER_MAX_BYTES = 1_000_000

/** Only characters that both sides sort alike, and short enough for a cursor. */
const ORDER_ID = /^[\w-]{1,64}$/

const page = z.object({
  items: z.array(z.object({ orderId: z.string().regex(ORDER_ID), version: z.int(), type: z.string() })),
  nextAfter: z.string().nullable(),
})

/** What the platform has of one order: the highest version that it received, and the type of that event. */
export type DeliveredOrder = z.output<typeof page>['items'][number]

/** A page of the platform's orders by id, and whether more follow. */
export interface DeliveredOrders {
  items: DeliveredOrder[]
  more: boolean
}

/**
 * Lists the orders that the data platform has after an id, sorted by id.
 * Follows no redirect. Throws `DeliveryError`, also when the ids in the answer do not increase.
 *
 * @param limit 1 to 1,000
 */
export async function listDelivered(
  platform: DataPlatform,
  { after, limit }: { after: string; limit: number },
): Promise<DeliveredOrders> {
  const endpoint = toEndpoint(platform.url, '/v1/orders')
  endpoint.search = new URLSearchParams({ after, limit: String(limit) }).toString()
  const response = await get(endpoint, AbortSignal.timeout(platform.timeoutMs ?? TIMEOUT_MS))
  const { items, nextAfter } = await readPage(response)
  const ids = [after, ...items.map(({ orderId }) => orderId)]
  const forward = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))
  const more = nextAfter !== null
  if (!forward || items.length > limit || (more && items.length === 0))
    throw new DeliveryError('The data platform does not list its orders in their order.')
  return { items, more }
}

async function get(endpoint: URL, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(endpoint, { redirect: 'manual', signal })
    if (response.status === 200) return response
    await discardBody(response)
    throw new DeliveryError(`The data platform answered ${response.status}.`)
  } catch (cause) {
    if (cause instanceof DeliveryError) throw cause
    const reason = isTimeout(cause) ? 'did not answer in time' : 'could not be reached'
    throw new DeliveryError(`The data platform ${reason}.`, { cause })
  }
}

async function readPage(response: Response): Promise<z.output<typeof page>> {
  try {
    return page.parse(JSON.parse(await readText(response, ANSWER_MAX_BYTES)))
  } catch (cause) {
    const reason = isTimeout(cause) ? 'did not finish its answer in time' : 'gave an answer that is not one'
    throw new DeliveryError(`The data platform ${reason}.`, { cause })
  }
}
