import type { FastifyInstance } from 'fastify'

/** Routes that match any path; they say nothing about one path's methods. */
const CATCH_ALL = ['*', '/trpc/:path']

/** Returns the methods of a path's routes, such as `['GET', 'HEAD']`; empty for an unknown path. */
export type MethodsOf = (path: string) => string[]

/** Remembers the methods of every route that is registered from now on. */
export function collectMethods(server: FastifyInstance): MethodsOf {
  const routes: { method: string[]; segments: string[] }[] = []
  server.addHook('onRoute', ({ method, url }) => {
    if (!CATCH_ALL.includes(url)) routes.push({ method: [method].flat(), segments: url.split('/') })
  })
  return (path) => {
    const given = path.split('/')
    const matching = routes.filter(({ segments }) => matches(segments, given))
    return [...new Set(matching.flatMap(({ method }) => method))].sort()
  }
}

function matches(segments: string[], given: string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, index) => (segment.startsWith(':') ? given[index] !== '' : segment === given[index]))
  )
}
