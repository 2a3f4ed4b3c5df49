import { startRequestSpan } from '@jumun/domain'
import type { FastifyInstance, FastifyRequest } from 'fastify'

type RequestSpan = ReturnType<typeof startRequestSpan>

/** Asked so often that their spans would tell nothing. */
const UNTRACED = ['/metrics', '/livez', '/readyz']

/** Makes a span of each request. Its body is read outside of the hooks, so the span is entered twice. */
export function traceRequests(http: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, NonNullable<RequestSpan>>()
  http.addHook('onRequest', (request, reply, done) => {
    const { method, headers } = request
    const { url: route } = request.routeOptions
    if (route !== undefined && UNTRACED.includes(route)) return done()
    const attributes = { 'http.request.method': method, ...(route !== undefined && { 'http.route': route }) }
    const started = startRequestSpan(route === undefined ? method : `${method} ${route}`, attributes, headers)
    if (!started) return done()
    spans.set(request, started)
    // Also where the caller goes away.
    reply.raw.once('close', () => {
      const { span } = started
      span.setAttribute('http.response.status_code', reply.raw.statusCode)
      if (reply.raw.statusCode >= 500) span.setStatus({ code: 2 })
      span.end()
    })
    started.run(done)
  })
  http.addHook('preValidation', (request, _reply, done) => {
    const started = spans.get(request)
    if (started) started.run(done)
    else done()
  })
}
