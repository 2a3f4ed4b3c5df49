import { parseJson, readBody } from './body.ts'
import { FaultSwitch, faultsSchema } from './faults.ts'
import { problem } from './problem.ts'
import { receiveOrders } from './receive-orders.ts'
import { issuesOf, pageSchema } from './schema.ts'
import { createSignatureCheck } from './signature.ts'
import type { PlatformStorage } from './storage.ts'

export type Platform = { fetch(request: Request): Promise<Response> }

type Method = (request: Request, url: URL) => Response | Promise<Response>

const ORDER_PATH = /^\/v1\/orders\/([^/]+)$/

/**
 * The data platform as a web-standard fetch handler: receives orders and serves what it received. Returns
 * `Response.error()` for a reply that must not arrive (the faults `hang` and `dropReplies`).
 *
 * @param secret the Standard Webhooks secret: `whsec_` and the key in base64
 * @throws Error when the secret is empty or not base64; `fetch` rejects when the storage fails
 */
export function createPlatform({ secret, storage }: { secret: string; storage: PlatformStorage }): Platform {
  const isSigned = createSignatureCheck(secret)
  const faults = new FaultSwitch()

  const routes: Record<string, Record<string, Method>> = {
    '/v1/orders': {
      GET: (_, url) => listOrders(storage, url.searchParams),
      POST: (request) =>
        faults.apply(request, (active) => receiveOrders(request, { faults: active, isSigned, storage })),
    },
    '/v1/orders/{orderId}': { GET: (_, url) => showOrder(storage, ORDER_PATH.exec(url.pathname)?.[1] ?? '') },
    '/v1/stats': { GET: () => Response.json(storage.stats()) },
    '/faults': {
      GET: () => Response.json(faults.current),
      PUT: async (request) => {
        const next = faultsSchema.safeParse(parseJson(await readBody(request)))
        if (!next.success) return problem(400, issuesOf(next.error))
        faults.current = next.data
        return Response.json(faults.current)
      },
      DELETE: () => {
        faults.clear()
        return Response.json(faults.current)
      },
    },
  }

  return {
    async fetch(request) {
      const url = new URL(request.url)
      const route = routes[ORDER_PATH.test(url.pathname) ? '/v1/orders/{orderId}' : url.pathname]
      if (!route) return problem(404, 'Not found.')
      const method = Object.hasOwn(route, request.method) && route[request.method]
      if (!method) return problem(405, 'This method is not supported here.', { allow: Object.keys(route).join(', ') })
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
