import { parseJson, readBody } from './body.ts'
import { createFaultSwitch, faultsSchema } from './faults.ts'
import { problem } from './problem.ts'
import { receiveOrders } from './receive-orders.ts'
import { issuesOf, pageSchema } from './schema.ts'
import { createSignatureCheck } from './signature.ts'
import type { PlatformStorage } from './storage.ts'

export type Platform = { fetch(request: Request): Promise<Response> }

type Method = (request: Request, url: URL) => Response | Promise<Response>

const AN_ORDER = /^\/v1\/orders\/([^/]+)$/

/**
 * The data platform: takes orders in and tells what it has, as a Web-standard fetch handler.
 * A reply that must not arrive (the faults `hang` and `dropReplies`) is a network error, `Response.error()`.
 *
 * @param secret signs the orders, as Standard Webhooks: `whsec_` and the key in base64
 * @throws Error when the secret is empty or no base64; `fetch` rejects when the storage fails
 */
export function createPlatform({ secret, storage }: { secret: string; storage: PlatformStorage }): Platform {
  const isSigned = createSignatureCheck(secret)
  const faults = createFaultSwitch()

  const routes: Record<string, Record<string, Method>> = {
    '/v1/orders': {
      GET: (_, url) => listOrders(storage, url.searchParams),
      POST: (request) => faults.answer(request, (met) => receiveOrders({ request, faults: met, isSigned, storage })),
    },
    '/v1/orders/{orderId}': {
      GET: (_, url) => showOrder(storage, AN_ORDER.exec(url.pathname)?.[1] ?? ''),
    },
    '/v1/stats': {
      GET: () => Response.json(storage.stats()),
    },
    '/faults': {
      GET: () => Response.json(faults.current()),
      PUT: async (request) => {
        const next = faultsSchema.safeParse(parseJson(await readBody(request)))
        if (!next.success) return problem(400, issuesOf(next.error))
        faults.set(next.data)
        return Response.json(faults.current())
      },
      DELETE: () => {
        faults.clear()
        return Response.json(faults.current())
      },
    },
  }

  return {
    async fetch(request) {
      const url = new URL(request.url)
      const route = routes[AN_ORDER.test(url.pathname) ? '/v1/orders/{orderId}' : url.pathname]
      if (!route) return problem(404, 'There is nothing here.')
      const method = Object.hasOwn(route, request.method) && route[request.method]
      if (!method) return problem(405, 'Not with this method.', { allow: Object.keys(route).join(', ') })
      return method(request, url)
    },
  }
}

function showOrder(storage: PlatformStorage, orderId: string): Response {
  const order = storage.findOrder(orderId)
  return order ? Response.json(order) : problem(404, 'No event of this order was accepted.')
}

function listOrders(storage: PlatformStorage, query: URLSearchParams): Response {
  const page = pageSchema.safeParse(Object.fromEntries(query))
  if (!page.success) return problem(400, issuesOf(page.error))
  const { after, limit } = page.data
  const found = storage.listOrders({ after, limit: limit + 1 })
  const items = found.slice(0, limit)
  return Response.json({ items, nextAfter: found.length > limit ? items.at(-1)?.orderId : null })
}
