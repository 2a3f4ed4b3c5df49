import { z } from 'zod'
import { hangUp, isTimeout, readText, toEndpoint } from './exchange.ts'
import { type DataPlatform, DeliveryError } from './send-events.ts'

const TIMEOUT_MS = 5_000

/** A thousand orders fit four times. */
const ANSWER_MAX_BYTES = 1_000_000

/** Whatever else it may hold there: ids have an order that both sides agree on, and fit into a cursor. */
const ORDER_ID = /^[\w-]{1,64}$/

const page = z.object({
  items: z.array(z.object({ orderId: z.string().regex(ORDER_ID), version: z.int(), type: z.string() })),
  nextAfter: z.string().nullable(),
})

/** What the platform has of one order: the highest version that it was told of, and the event that told it. */
export type DeliveredOrder = z.output<typeof page>['items'][number]

/** Orders of the platform by id, and whether there are more. */
export interface DeliveredOrders {
  items: DeliveredOrder[]
  more: boolean
}

/**
 * Asks the data platform which orders it has: those after an id, in the order of ids.
 * Follows no redirect. Throws `DeliveryError`, also for an answer that does not go forward.
 *
 * @param limit 1 to 1,000
 */
export async function listDelivered(
  platform: DataPlatform,
  { after, limit }: { after: string; limit: number },
): Promise<DeliveredOrders> {
  const endpoint = toEndpoint(platform.url, '/v1/orders')
  endpoint.search = new URLSearchParams({ after, limit: String(limit) }).toString()
  const response = await ask(endpoint, AbortSignal.timeout(platform.timeoutMs ?? TIMEOUT_MS))
  const { items, nextAfter } = await readPage(response)
  const ids = [after, ...items.map(({ orderId }) => orderId)]
  const forward = ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))
  const more = nextAfter !== null
  if (!forward || items.length > limit || (more && items.length === 0))
    throw new DeliveryError('The data platform does not list its orders in their order.')
  return { items, more }
}

async function ask(endpoint: URL, signal: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(endpoint, { redirect: 'manual', signal })
    if (response.status === 200) return response
    await hangUp(response)
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
