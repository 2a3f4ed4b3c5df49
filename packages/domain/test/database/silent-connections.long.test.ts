import { setTimeout as sleep } from 'node:timers/promises'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'

const CONNECTIONS = 4
const STATEMENT_TIMEOUT_MS = 1_000
const SHORT_MS = 200
/** Of `openDatabase`. */
const SOCKET_GRACE_MS = 1_000

/** A database behind a proxy that can drop what is sent without an error. */
async function openBehindProxy({ poolSize, statementTimeoutMs }: { poolSize: number; statementTimeoutMs: number }) {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const proxy = await startTcpProxy()
  onTestFinished(proxy.close)
  const database = await openDatabase({ url: proxy.via(url), poolSize, statementTimeoutMs })
  onTestFinished(() => database.close(true))
  return { database, proxy }
}

test('the pool closes half-open connections after a timeout, the idle ones too, and replaces them', async () => {
  const { database, proxy } = await openBehindProxy({ poolSize: CONNECTIONS, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  const work = () => database.em.fork().transactional((em) => em.execute('select pg_sleep(0.2)'))
  const allAtOnce = () => Promise.allSettled(Array.from({ length: CONNECTIONS }, work))
  expect(await allAtOnce()).toHaveLength(CONNECTIONS)

  proxy.stall()
  const started = performance.now()
  await expect(work()).rejects.toSatisfy(isDatabaseUnavailable)
  expect(performance.now() - started).toBeGreaterThan(STATEMENT_TIMEOUT_MS)
  for (const { status } of await allAtOnce()) expect(status).toBe('fulfilled')
})

test('a connection that was idle for longer than the timeout is closed when a later query has no reply', async () => {
  const { database, proxy } = await openBehindProxy({ poolSize: 1, statementTimeoutMs: SHORT_MS })
  const read = () => database.em.fork().execute('select 1')
  await read()
  await sleep(SHORT_MS + SOCKET_GRACE_MS + SHORT_MS)

  proxy.stall()
  await expect(read()).rejects.toSatisfy(isDatabaseUnavailable)
  await read()
})

test('a statement that reaches its timeout is ended by the server and not by the socket timeout', async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const database = await openDatabase({ url, poolSize: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS })
  onTestFinished(() => database.close(true))
  await expect(database.em.fork().execute('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
})
