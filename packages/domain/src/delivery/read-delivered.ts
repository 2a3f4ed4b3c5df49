import { z } from 'zod'
import { callPlatform, type DataPlatform, DeliveryError } from './data-platform.ts'

/** Short, because a caller waits for the answer. */
const TIMEOUT_MS = 2_000
/** An order of the largest size with a thousand events. */
const ANSWER_MAX_BYTES = 500_000
const NOT_FOUND = 404

const deliveredOrder = z.object({
  version: z.int(),
  type: z.string(),
  events: z.array(z.object({ id: z.string(), type: z.string(), version: z.int() })).default([]),
})

/** What the data platform has of an order: the highest version, the type of that event, and the events that it keeps. */
export type DeliveredOrder = z.output<typeof deliveredOrder>

/** Reads an order of the data platform. Never throws: what went wrong is an answer too. */
export async function readDelivered(
  platform: DataPlatform,
  orderId: string,
): Promise<{ order: DeliveredOrder | null } | { unreachable: string }> {
  const request = { url: platform.url, orderId, signal: AbortSignal.timeout(TIMEOUT_MS) }
  try {
    return { order: await callPlatform(request, { schema: deliveredOrder, maxBytes: ANSWER_MAX_BYTES }) }
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    return error.status === NOT_FOUND ? { order: null } : { unreachable: error.message }
  }
}
