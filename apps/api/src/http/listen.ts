import dns from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { handleClientError } from '../errors/error-handler.ts'

/**
 * Listens, for `localhost` at each address of that name, such as 127.0.0.1 and ::1, and returns the URL of the first. All
 * connections belong to one server, with its limits and its answers: Fastify would start a second server without them.
 */
export async function listen(http: FastifyInstance, { host, port }: { host: string; port: number }): Promise<string> {
  const { server } = http
  server.on('connect', (_request, socket: Socket) => handleClientError({}, socket))
  // An expectation that is not met may be ignored (RFC 9110, 10.1.1). Node would answer 417 without headers.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  const [first = { address: host }, ...others] = host === 'localhost' ? await dns.lookup(host, { all: true }) : []
  const acceptors = others.map(({ address }) => {
    return { address, acceptor: createServer((socket) => server.emit('connection', socket)) }
  })
  const closed: Promise<unknown>[] = []
  http.addHook('preClose', async () => {
    for (const { acceptor } of acceptors) closed.push(new Promise((resolve) => acceptor.close(resolve)))
  })
  http.addHook('onClose', () => Promise.all(closed).then(() => {}))
  const listenTextResolver = (address: string) => `Listening at ${address}.`
  const url = await http.listen({ host: first.address, port, listenTextResolver })
  const { port: boundPort } = server.address() as AddressInfo
  for (const { address, acceptor } of acceptors) {
    // An address that this machine does not have, or whose port another program has, is left out.
    acceptor.listen({ host: address, port: boundPort, ipv6Only: true })
    await once(acceptor, 'listening').catch(() => {})
  }
  return url
}
