import dns from 'node:dns'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { createTestDatabase, type TestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { exampleInput, type Ids, type ProcedureName, requiredRole, servedNames } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newFixture } from '../test-support/fixtures.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { type Transport, timedCall, transports } from '../test-support/transports.ts'

/** The promised 3 seconds, and time for the HTTP round trip. */
const REPLY_MAX_MS = 3_500

/** The pool's size. */
const CONNECTIONS = 10

let proxy: TcpProxy
let api: TestApi
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTcpProxy()
  // By name, so that its address is looked up.
  const url = proxy.via(database.url).replace('127.0.0.1', 'localhost')
  api = await startTestApi(url, { settings: { ALLOW_SELF_CHARGE: 'true' } })
})
afterEach(async () => {
  await proxy.reset()
  await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: scaleByLoad(10_000) })
})
afterAll(async () => {
  await api.close()
  await proxy.close()
  await database.drop()
})

async function readiness(): Promise<number> {
  return (await fetch(`${api.url}/readyz`)).status
}

async function timed(name: ProcedureName, via: Transport, ids: Ids) {
  const token = await api.token(ids.memberId, requiredRole(name))
  return timedCall({ url: api.url, via, name, input: exampleInput(name, ids), token })
}

test('every call fails with UNAVAILABLE and Retry-After within 3 seconds while the database refuses connections', async () => {
  const ids = await newFixture(api)
  await proxy.setMode({ kind: 'refuse' })
  for (const via of transports) {
    for (const name of servedNames) {
      const { reply, ms } = await timed(name, via, ids)
      expectProblem(reply, 'UNAVAILABLE')
      expect(reply.headers.get('retry-after')).toBe('1')
      expect(ms, `${name} over ${via}`).toBeLessThan(scaleByLoad(REPLY_MAX_MS))
    }
  }
})

test('every call fails with UNAVAILABLE and Retry-After while the name of the database does not resolve', async () => {
  const ids = await newFixture(api)
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: unknown[]) => {
    const failure = { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name }
    const callback = rest.at(-1) as (error: Error) => void
    process.nextTick(callback, Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), failure))
  }) as typeof dns.lookup)
  try {
    await proxy.setMode({ kind: 'refuse' })
    for (const name of servedNames) {
      const { reply } = await timed(name, 'REST', ids)
      expectProblem(reply, 'UNAVAILABLE')
      expect(reply.headers.get('retry-after')).toBe('1')
    }
    expect(lookup).toHaveBeenCalled()
  } finally {
    lookup.mockRestore()
  }
})

test('the API is alive but not ready while the database refuses connections, and is ready again afterwards', async () => {
  expect(await readiness()).toBe(200)
  await proxy.setMode({ kind: 'refuse' })
  expect(await readiness()).toBe(503)
  expect((await fetch(`${api.url}/livez`)).status).toBe(200)
  await proxy.reset()
  await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: scaleByLoad(5_000) })
  const ids = await newFixture(api)
  for (const name of servedNames) expect((await timed(name, 'tRPC', ids)).reply.problem?.code).not.toBe('UNAVAILABLE')
})

test('the log gives the reason and the request id of each unavailable call, but no connection URL', async () => {
  const ids = await newFixture(api)
  await proxy.setMode({ kind: 'refuse' })
  const { reply } = await timed('order.place', 'REST', ids)
  const lines = api.log.filter((line) => line['requestId'] === reply.problem?.requestId)
  expect(lines).toContainEqual(
    expect.objectContaining({
      msg: 'A call could not be served.',
      level: 40,
      reason: expect.stringMatching(/ECONNREFUSED/),
    }),
  )
  expect(JSON.stringify(api.log)).not.toContain('postgresql://')
})

test('connections that the database terminated are replaced', async () => {
  const ids = await newFixture(api)
  await api.services.em.execute(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await vi.waitFor(async () => expect((await timed('order.byId', 'tRPC', ids)).reply.status).toBe(200), {
    timeout: scaleByLoad(3_000),
  })
})

test('more broken transactions than the pool has connections do not shrink the pool', async () => {
  const ids = await newFixture(api)
  for (let round = 0; round < 2; round++) {
    // Opens all connections: a call waits for the lock for 1.4 s only, and all of them must wait at the same time.
    await Promise.all(Array.from({ length: CONNECTIONS }, () => api.services.em.fork().execute('select pg_sleep(0.3)')))
    const lock = await lockRows({ databaseUrl: database.url }, 'product_stock', 'product_id', [ids.productId])
    const broken = Array.from({ length: CONNECTIONS }, () => timed('product.update', 'tRPC', ids))
    await lock.untilBlocked(CONNECTIONS)
    await proxy.setMode({ kind: 'refuse' })
    for (const { reply } of await Promise.all(broken)) expectProblem(reply, 'UNAVAILABLE')
    await proxy.reset()
    await lock.release()
  }
  await vi.waitFor(async () => expect((await timed('product.update', 'tRPC', ids)).reply.status).toBe(200), {
    timeout: scaleByLoad(5_000),
  })
  const replies = await Promise.all(Array.from({ length: 20 }, () => timed('point.balance', 'REST', ids)))
  for (const { reply } of replies) expect(reply.status).toBe(200)
})

test('the API reports within 3 seconds that it is not ready when the database does not respond', async () => {
  await proxy.setMode({ kind: 'silent' })
  const started = performance.now()
  expect(await readiness()).toBe(503)
  expect(performance.now() - started).toBeLessThan(scaleByLoad(REPLY_MAX_MS))
  expect((await fetch(`${api.url}/livez`)).status).toBe(200)
})
