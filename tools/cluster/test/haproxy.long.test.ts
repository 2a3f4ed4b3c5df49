import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDataDir } from '@jumun/test-kit/data-dir'
import { hasProgram } from '@jumun/test-kit/has-program'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { makeCertificates } from '../cluster/certificates.ts'
import { run } from '../cluster/daemon.ts'
import { type Balancer, HAPROXY_RECIPE, startHaproxy } from '../cluster/haproxy.ts'
import { OPS } from '../cluster/recipe.ts'

const MORE_CHECKS_MS = 10_000
const PATIENCE_MS = 30_000
const READY = { status: 200, body: '{"status":"ok"}', afterMs: 0 }
const HANGS = { status: 503, body: '{"status":"unavailable"}', afterMs: 2_000 }

const isHere = hasProgram('haproxy')

describe.skipIf(!isHere)(isHere ? 'the load balancer' : 'NOT RUN, haproxy is missing: the load balancer', () => {
  let balancer: Balancer
  /** What the processes behind it answer at /readyz. All else they answer with the headers that they got. */
  let ready = READY
  beforeEach(() => {
    ready = READY
  })

  beforeAll(async () => {
    const { path: directory, remove } = await createDataDir()
    const servers = [0, 1, 2].map(() =>
      createServer((req, res) => {
        if (req.url !== '/readyz') return void res.end(JSON.stringify(req.headers))
        const { status, body, afterMs } = ready
        setTimeout(() => res.writeHead(status).end(body), afterMs)
      }),
    )
    const [one, two, three] = [await freePort(), await freePort(), await freePort()]
    for (const [index, port] of [one, two, three].entries()) servers[index]?.listen(port, '127.0.0.1')
    balancer = await startHaproxy(directory, [`127.0.0.1:${one}`, `127.0.0.1:${two}`, `127.0.0.1:${three}`])
    await waitFor(async () => (await fetch(balancer.url)).ok, PATIENCE_MS)
    return async () => {
      await balancer.haproxy.signal('SIGKILL', { group: true })
      for (const server of servers) server.close().closeAllConnections()
      await remove()
    }
  })

  /** Sends a path as it is written: `fetch` would normalise it. */
  function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(balancer.url)
    return new Promise((resolve, reject) => {
      const sent = request({ hostname, port, path, headers, agent: false }, async (res) =>
        resolve({ status: res.statusCode ?? 0, body: await text(res) }),
      )
      sent.on('error', reject).end()
    })
  }

  test.each(['/metrics', '/%6detrics', '//readyz', '/readyz/', '/METRICS', '/readyz?x=1'])(
    'hides %s from the public',
    async (path) => {
      expect(await get(path)).toMatchObject({ status: 404, body: expect.stringContaining('urn:jumun:problem:') })
      expect((await get('/api/product')).status).toBe(200)
    },
  )

  test('tells the API the host that was asked, whatever a client says it was', async () => {
    const { body } = await get('/', { host: 'shop.test', 'x-forwarded-host': 'evil.test' })
    expect(JSON.parse(body)).toMatchObject({ 'x-forwarded-host': 'shop.test' })
  })

  test('passes calls on while the database of all processes hangs', async () => {
    const metrics = async () => (await fetch(balancer.metricsUrl)).text()
    ready = HANGS
    await waitFor(async () => /haproxy_backend_active_servers\{proxy="api"\} 0\n/.test(await metrics()), PATIENCE_MS)
    // Three more checks, after which a process that failed them would be out here, too.
    await sleep(MORE_CHECKS_MS)
    expect((await get('/api/product')).status).toBe(200)
    expect(await metrics()).toContain('haproxy_backend_active_servers{proxy="api_without_database"} 3\n')
  })

  test('accepts an address with TLS, as root and not', async () => {
    const { path, remove } = await createDataDir()
    onTestFinished(remove)
    const { key, certificate } = await makeCertificates(path, {
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    })
    const both = join(path, 'both.pem')
    await writeFile(both, `${await readFile(key, 'utf8')}${await readFile(certificate, 'utf8')}`)
    const variables = { ...balancer.env, JUMUN_BIND: `${balancer.env['JUMUN_BIND']} ssl crt ${both} alpn h2,http/1.1` }
    const env = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const asRoot = ['-f', join(OPS, 'haproxy/as-root.cfg')]
    for (const more of [[], asRoot]) await run('env', [...env, 'haproxy', '-c', '-f', HAPROXY_RECIPE, ...more])
  })
})
