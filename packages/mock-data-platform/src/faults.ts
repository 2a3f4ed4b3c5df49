import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { problem } from './problem.ts'

/** A hang ends with the client's patience; Node's longest timer, 24 days, is only the bound that everything has. */
const MAX_HANG_MS = 2 ** 31 - 1

const share = z.number().min(0).max(1)

/** What `PUT /faults` takes, and `GET /faults` tells. */
export const faultsSchema = z
  .strictObject({
    /** Answer with this instead of processing; 3xx goes to `location`. 304 is no answer to a POST. */
    status: z
      .int()
      .min(300)
      .max(599)
      .refine((status) => status !== 304),
    location: z.string().regex(/^[\x21-\x7e]{1,2000}$/),
    /** The share of requests that fail. Without it, all do when there is a `status`; without that, they fail with 500. */
    failRate: share,
    /** Wait so long before anything else. */
    latencyMs: z.int().min(0).max(600_000),
    /** Take the request in, do nothing with it and never answer. */
    hang: z.boolean(),
    /** Process, then cut the connection instead of answering; a number is the share of requests. */
    dropReplies: z.union([z.boolean(), share]),
    /** Reject the events of these orders, accept the others. */
    rejectOrderIds: z.array(z.string().max(255)).max(1_000),
    /** Reject this share of all events. */
    rejectRate: share,
  })
  .partial()

export type Faults = z.output<typeof faultsSchema>

export type FaultSwitch = {
  current(): Faults
  set(faults: Faults): void
  /** No faults any more, and an end to every wait and hang that is under way. */
  clear(): void
  /**
   * Answers a request with the faults that were set when it arrived: by itself, or by `handle`.
   * A reply that must not arrive is a network error, `Response.error()`.
   */
  answer(request: Request, handle: (faults: Faults) => Promise<Response>): Promise<Response>
}

/** A switch with all faults off. It forgets them with the process. */
export function createFaultSwitch(): FaultSwitch {
  let faults: Faults = {}
  let cleared = new AbortController()
  return {
    current: () => faults,
    set(next) {
      faults = next
    },
    clear() {
      faults = {}
      cleared.abort()
      cleared = new AbortController()
    },
    async answer(request, handle) {
      const met = faults
      const { signal } = cleared
      if (met.latencyMs) await pause(met.latencyMs, signal)
      if (met.hang) {
        await pause(MAX_HANG_MS, AbortSignal.any([signal, request.signal]))
        return Response.error()
      }
      if (fails(met)) return failure(met)
      const response = await handle(met)
      return happens(met.dropReplies) ? Response.error() : response
    },
  }
}

/** Whether the faults reject an event of this order. */
export function rejectsOrder({ rejectOrderIds, rejectRate }: Faults, orderId: string): boolean {
  return rejectOrderIds?.includes(orderId) === true || happens(rejectRate)
}

function fails({ status, failRate }: Faults): boolean {
  return happens(failRate ?? status !== undefined)
}

function failure({ status = 500, location }: Faults): Response {
  if (status >= 400) return problem(status, 'This fault was asked for: see /faults.')
  return new Response(null, { status, headers: location === undefined ? {} : { location } })
}

/** `true` is always, `0.2` one in five. */
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
