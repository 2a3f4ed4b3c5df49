import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/**
 * What happens to a request: it is passed on; it is passed on and its reply never comes, or is lost with the connection;
 * or it is answered by this.
 */
export type Fate = 'pass' | 'hang' | 'lose' | Response

/** A server in front of the API, until the end of the test. */
export async function startProxy(target: string, fateOf: (path: string, nth: number) => Fate): Promise<string> {
  let count = 0
  const proxy = createServer(async (request, reply) => {
    const fate = fateOf(request.url ?? '', ++count)
    const body = await buffer(request)
    const answer = fate instanceof Response ? fate : await forward(request.url ?? '', body, request.headers)
    if (fate === 'lose') return reply.destroy()
    if (fate === 'hang') return
    reply.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  const forward = (path: string, body: Buffer, { authorization = '' }: { authorization?: string | undefined }) =>
    fetch(target + path, {
      method: body.length > 0 ? 'POST' : 'GET',
      headers: { authorization, 'content-type': 'application/json' },
      ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
    })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}
