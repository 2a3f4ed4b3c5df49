import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

interface Losses {
  /** How many replies to lose of a call, by its number in the order of arrival. */
  lostReplies: (nthCall: number) => number
}

/**
 * A server before the API until the end of the test. It passes every request on, waits until the API has done it, and then
 * loses some of the replies: by turns with the connection, and halfway through.
 */
export async function startLossyProxy(target: string, { lostReplies }: Losses) {
  const lossesLeft = new Map<string, number>()
  const counts = { replies: 0, lost: 0 }
  const proxy = createServer(async (request, reply) => {
    const body = await buffer(request)
    const answer = await passOn(target, request, body)
    const text = await answer.text()
    // The same call has the same address and body, down to its key.
    const call = `${request.url} ${body}`
    const losses = lossesLeft.get(call) ?? lostReplies(lossesLeft.size)
    lossesLeft.set(call, losses - 1)
    counts.replies++
    if (losses <= 0) {
      reply.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
    } else if (++counts.lost % 2 === 0) {
      reply.destroy()
    } else {
      reply.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      reply.write(text.slice(0, text.length / 2), () => reply.destroy())
    }
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return Object.assign(counts, { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` })
}

function passOn(target: string, { url = '', method = '', headers }: IncomingMessage, body: Buffer): Promise<Response> {
  const { authorization = '' } = headers
  return fetch(target + url, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
  })
}
