import { setTimeout as sleep } from 'node:timers/promises'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { createTestDatabase, type TestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { type Names, type ProcedureName, procedureNames, procedureTable } from '../test-support/procedure-table.ts'
import { call, type Reply, type Transport, transports } from '../test-support/transports.ts'
import { newWorld } from '../test-support/world.ts'

/** What a caller may have to wait before it is told that the database is away. */
const PATIENCE_MS = 3_500

let proxy: TcpProxy
let api: TestApi
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  proxy = await startTcpProxy()
  api = await startTestApi(proxy.via(database.url), { settings: { ALLOW_SELF_CHARGE: 'true' } })
})
afterEach(async () => {
  await proxy.reset()
  await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 10_000 })
})
afterAll(async () => {
  await api.close()
  await proxy.close()
  await database.drop()
})

async function readiness(): Promise<number> {
  return (await fetch(`${api.url}/readyz`)).status
}

async function timed(name: ProcedureName, via: Transport, names: Names): Promise<{ reply: Reply; ms: number }> {
  const token = await api.token(names.memberId, procedureTable[name].who === 'admin' ? 'admin' : 'member')
  const started = performance.now()
  const reply = await call({ url: api.url, via, name, input: procedureTable[name].input(names), token })
  return { reply, ms: performance.now() - started }
}

test('every call is told so in time, with an invitation to try again, while the database refuses connections', async () => {
  const names = await newWorld(api)
  await proxy.setMode({ kind: 'refuse' })
  for (const via of transports) {
    for (const name of procedureNames) {
      const { reply, ms } = await timed(name, via, names)
      expectProblem(reply, 'UNAVAILABLE')
      expect(reply.headers.get('retry-after')).toBe('1')
      expect(ms, `${name} over ${via}`).toBeLessThan(PATIENCE_MS)
    }
  }
})

test('the process stays alive and is not ready while the database is away, and is again when it is back', async () => {
  expect(await readiness()).toBe(200)
  await proxy.setMode({ kind: 'refuse' })
  expect(await readiness()).toBe(503)
  expect((await fetch(`${api.url}/livez`)).status).toBe(200)
  await proxy.reset()
  await vi.waitFor(async () => expect(await readiness()).toBe(200), { timeout: 5_000 })
  const names = await newWorld(api)
  for (const name of procedureNames)
    expect((await timed(name, 'tRPC', names)).reply.problem?.code).not.toBe('UNAVAILABLE')
})

test('the log says of each such call why, under its request id, and nothing of the connection', async () => {
  const names = await newWorld(api)
  await proxy.setMode({ kind: 'refuse' })
  const { reply } = await timed('order.place', 'REST', names)
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

test('connections that the database ended are replaced', async () => {
  const names = await newWorld(api)
  await api.services.em.execute(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  await vi.waitFor(async () => expect((await timed('order.byId', 'tRPC', names)).reply.status).toBe(200), {
    timeout: 3_000,
  })
})

test('more lost transactions than there are connections cost no connection', async () => {
  const names = await newWorld(api)
  for (let round = 0; round < 2; round++) {
    const release = await lockRows({ databaseUrl: database.url }, 'point_account', 'member_id', [names.memberId])
    const lost = Array.from({ length: 10 }, () => timed('point.use', 'tRPC', names))
    await sleep(300)
    await proxy.setMode({ kind: 'refuse' })
    for (const { reply } of await Promise.all(lost)) expectProblem(reply, 'UNAVAILABLE')
    await proxy.reset()
    await release()
  }
  await vi.waitFor(async () => expect((await timed('point.use', 'tRPC', names)).reply.status).toBe(200), {
    timeout: 5_000,
  })
  const replies = await Promise.all(Array.from({ length: 20 }, () => timed('point.balance', 'REST', names)))
  for (const { reply } of replies) expect(reply.status).toBe(200)
})

test('a database that does not answer at all is not ready, and is told so in time', async () => {
  await proxy.setMode({ kind: 'silent' })
  const started = performance.now()
  expect(await readiness()).toBe(503)
  expect(performance.now() - started).toBeLessThan(PATIENCE_MS)
  expect((await fetch(`${api.url}/livez`)).status).toBe(200)
})
