import { createServer, type ServerResponse } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'

/** A span as OTLP has it in JSON. */
export interface CollectedSpan {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  kind: number
  attributes: { key: string; value: Record<string, unknown> }[]
  links?: { traceId: string; spanId: string }[]
  status: { code?: number }
}

interface Body {
  resourceSpans: { resource: { attributes: CollectedSpan['attributes'] }; scopeSpans: { spans: CollectedSpan[] }[] }[]
}

/** A collector of OTLP over HTTP on loopback, which keeps what it receives. */
export async function startCollector(answer = (response: ServerResponse) => void response.end('{}')) {
  const bodies: Body[] = []
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    requests.push(request.url ?? '')
    bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
    response.setHeader('content-type', 'application/json')
    answer(response)
  })
  const { url, close } = await listenOnLoopback(server)
  return {
    url,
    requests,
    bodies,
    spans: () =>
      bodies.flatMap((body) =>
        body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
      ),
    stop: close,
  }
}
