import type { FastifyRequest } from 'fastify'

/** Paths at which programs call. Whatever they ask for there, they get no page. */
const NOT_OF_PAGES = /^\/(?:api|trpc|session|docs|assets|metrics|livez|readyz|openapi\.json|icon\.svg)(?:\/|$)/

/** The path of a request, without the host that some clients send with it. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  const [path = ''] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1)
  return path
}

/** Whether a person goes somewhere with a browser, rather than a program or a script calling. */
export function isNavigation({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  return (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').toLowerCase().includes('text/html')
}

/** Whether a page may stand at a path. */
export function mayHavePage(path: string): boolean {
  return !NOT_OF_PAGES.test(path)
}
