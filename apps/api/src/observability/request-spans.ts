import { startRequestSpan } from '@jumun/domain'
import type { FastifyInstance, FastifyRequest } from 'fastify'

type RequestSpan = ReturnType<typeof startRequestSpan>

/** Routes without spans: they are requested often, and the same every time. */
const UNTRACED = ['/metrics', '/livez', '/readyz']

/** Makes a span for each request. The context is lost while the body is read, so the span is entered again after that. */
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
    // `close` also comes when the caller disconnects.
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
