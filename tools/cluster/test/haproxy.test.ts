import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createDataDir } from '@jumun/test-kit/data-dir'
import { hasProgram } from '@jumun/test-kit/has-program'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import { describe, expect, onTestFinished, test } from 'vitest'
import { daemon } from '../cluster/daemon.ts'
import { OPS } from '../cluster/recipe.ts'

const RECIPE = join(OPS, 'haproxy/haproxy.cfg')
const MORE_CHECKS_MS = 10_000
const PATIENCE_MS = 15_000
const run = promisify(execFile)

interface Answer {
  status: number
  body: string
}

/** HAProxy before three servers that answer with the headers that they got; `ready` is what they say of /readyz. */
async function startBalancer(ready: () => { status: number; body: string; afterMs: number }) {
  const { path: directory, remove } = await createDataDir()
  const servers = [0, 1, 2].map(() =>
    createServer((req, res) => {
      if (req.url !== '/readyz') return void res.end(JSON.stringify(req.headers))
      const { status, body, afterMs } = ready()
      setTimeout(() => res.writeHead(status).end(body), afterMs)
    }).listen(0, '127.0.0.1'),
  )
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const [one, two, three] = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [port, metrics] = [await freePort(), await freePort()]
  const env = {
    JUMUN_BIND: `127.0.0.1:${port}`,
    JUMUN_METRICS: `127.0.0.1:${metrics}`,
    JUMUN_HAPROXY_SOCKET: join(directory, 'haproxy.sock'),
    JUMUN_ERRORS: join(OPS, 'haproxy/errors'),
    ...{ JUMUN_API_1: one ?? '', JUMUN_API_2: two ?? '', JUMUN_API_3: three ?? '' },
  }
  const logFile = join(directory, 'haproxy.log')
  const haproxy = daemon({ name: 'HAProxy', command: 'haproxy', args: ['-db', '-f', RECIPE], env, logFile })
  haproxy.start()
  onTestFinished(async () => {
    await haproxy.signal('SIGKILL')
    for (const server of servers) server.close().closeAllConnections()
    await remove()
  })
  const listens = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.unref()
    })
  await waitFor(listens, PATIENCE_MS)
  const get = (path: string, headers: Record<string, string> = {}, to = port) =>
    new Promise<Answer>((resolve, reject) => {
      // Written as it is given: `fetch` would normalise it.
      const sent = request({ host: '127.0.0.1', port: to, path, headers, agent: false }, async (res) =>
        resolve({ status: res.statusCode ?? 0, body: await text(res) }),
      )
      sent.on('error', reject).end()
    })
  return { get, metrics: () => get('/metrics', {}, metrics), env }
}

const READY = { status: 200, body: '{"status":"ok"}', afterMs: 0 }

describe.skipIf(!hasProgram('haproxy'))(
  hasProgram('haproxy') ? 'the load balancer' : 'NOT RUN, haproxy is missing: the load balancer',
  () => {
    test.each(['/metrics', '/%6detrics', '//readyz', '/readyz/', '/METRICS', '/readyz?x=1'])(
      'hides %s from the public',
      async (path) => {
        const { get } = await startBalancer(() => READY)
        expect(await get(path)).toMatchObject({ status: 404, body: expect.stringContaining('urn:jumun:problem:') })
        expect((await get('/api/product')).status).toBe(200)
      },
    )

    test('tells the API the host that was asked, whatever a client says it was', async () => {
      const { get } = await startBalancer(() => READY)
      const { body } = await get('/', { host: 'shop.test', 'x-forwarded-host': 'evil.test' })
      expect(JSON.parse(body)).toMatchObject({ 'x-forwarded-host': 'shop.test' })
    })

    test('passes calls on while the database of all processes hangs', async () => {
      let ready = READY
      const { get, metrics } = await startBalancer(() => ready)
      ready = { status: 503, body: '{"status":"unavailable"}', afterMs: 2_000 }
      const isOut = async () => /haproxy_backend_active_servers\{proxy="api"\} 0\n/.test((await metrics()).body)
      await waitFor(isOut, PATIENCE_MS)
      // Three more checks, after which a process that failed them would be out here, too.
      await sleep(MORE_CHECKS_MS)
      expect((await get('/api/product')).status).toBe(200)
      expect((await metrics()).body).toContain('haproxy_backend_active_servers{proxy="api_without_database"} 3\n')
    })

    test('accepts an address with TLS, as root and not', async () => {
      const { path, remove } = await createDataDir()
      onTestFinished(remove)
      const [key, all] = [join(path, 'key.pem'), join(path, 'all.pem')]
      const self = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-subj',
        '/CN=shop.test',
        '-keyout',
        key,
        '-out',
        all,
      ]
      await run('openssl', self)
      await run('sh', ['-c', 'cat "$1" >> "$2"', 'sh', key, all])
      const { env } = await startBalancer(() => READY)
      const tls = { ...env, PATH: process.env['PATH'], JUMUN_BIND: `${env.JUMUN_BIND} ssl crt ${all} alpn h2,http/1.1` }
      for (const files of [
        ['-f', RECIPE],
        ['-f', RECIPE, '-f', join(OPS, 'haproxy/as-root.cfg')],
      ])
        await run('haproxy', ['-c', ...files], { env: tls })
    })
  },
)
