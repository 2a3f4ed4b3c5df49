import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { problem } from './problem.ts'

/** Node's longest timer, 24 days. In practice the client's timeout ends a hang. */
const MAX_HANG_MS = 2 ** 31 - 1

/** The reason of every injected failure. */
export const INJECTED = 'This fault was asked for: see /faults.'

const httpStatus = z.int().min(300).max(599)
const share = z.number().min(0).max(1)

/** The body of `PUT /faults` and the response of `GET /faults`. */
export const faultsSchema = z
  .strictObject({
    /** Answer with this instead of processing; 3xx redirects to `location`. 304 is not valid for POST. */
    status: httpStatus.refine((status) => status !== 304),
    location: z.string().regex(/^[\x21-\x7e]{1,2000}$/),
    /** The share of requests that fail, with `status` or 500. Default: 1 with a `status`, else 0. */
    failRate: share,
    /** Wait before anything else. */
    latencyMs: z.int().min(0).max(600_000),
    /** Read the request and never answer. */
    hang: z.boolean(),
    /** Process, then close the connection instead of answering; a number is the share of requests. */
    dropReplies: z.union([z.boolean(), share]),
    /** Reject the events of these orders, accept the others. */
    rejectOrderIds: z.array(z.string().max(255)).max(1_000),
    /** Reject this share of all events. */
    rejectRate: share,
  })
  .partial()

export type Faults = z.output<typeof faultsSchema>

/** The faults in force; none at first. They are kept in memory only. */
export class FaultSwitch {
  current: Faults = {}
  #cleared = new AbortController()

  /** Removes all faults, and ends every wait and hang in progress. */
  clear(): void {
    this.current = {}
    this.#cleared.abort()
    this.#cleared = new AbortController()
  }

  /**
   * Handles a request under the faults that were set when it arrived. Returns `Response.error()` for a reply that must not
   * arrive.
   */
  async apply(request: Request, handle: (faults: Faults) => Promise<Response>): Promise<Response> {
    const faults = this.current
    const { signal } = this.#cleared
    if (faults.latencyMs) await pause(faults.latencyMs, signal)
    if (faults.hang) {
      await pause(MAX_HANG_MS, AbortSignal.any([signal, request.signal]))
      return Response.error()
    }
    if (happens(faults.failRate ?? faults.status !== undefined)) return failure(faults)
    const response = await handle(faults)
    return happens(faults.dropReplies) ? Response.error() : response
  }
}

/** Whether a fault rejects this event of the order. */
export function rejectsOrder({ rejectOrderIds, rejectRate }: Faults, orderId: string): boolean {
  return rejectOrderIds?.includes(orderId) === true || happens(rejectRate)
}

function failure({ status = 500, location }: Faults): Response {
  if (status >= 400) return problem(status, INJECTED)
  return new Response(null, { status, headers: location === undefined ? {} : { location } })
}

/** `true`: always; `0.2`: one in five. */
function happens(rate: number | boolean = false): boolean {
  return Math.random() < Number(rate)
}

async function pause(ms: number, until: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal: until })
  } catch (error) {
    if (!until.aborted) throw error
  }
}
