import { channel } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { auditShop } from '@jumun/domain'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { expect, onTestFinished, test } from 'vitest'
import { call, transports } from '../test-support/transports.ts'

/** Of a connection on which nothing moves. Long enough for a busy machine to begin with an audit. */
const IDLE_MS = 2_000

/** A busy machine must not fail it. */
const PATIENCE_MS = 20_000

let audits = 0
/** Its audits take longer than that. */
const slow = useApi({
  replace: ({ em }) => ({
    async audit() {
      audits++
      await sleep(1.5 * IDLE_MS)
      return auditShop(em)
    },
  }),
})
const api = useApi()

/** Somebody else has what an audit reads first. */
async function holdStock() {
  const { em } = api.services
  const other = em.fork()
  await other.begin()
  onTestFinished(async () => {
    if (other.isInTransaction()) await other.rollback()
  })
  await other.execute('lock table product_stock in access exclusive mode')
  return {
    release: () => other.rollback(),
    /** How many audits wait for it. */
    async running(): Promise<number> {
      const [row] = await em.execute<[{ running: number }]>(
        `select count(*)::int as running from pg_stat_activity where datname = current_database()
          and wait_event_type = 'Lock' and query like '%product_stock%'`,
      )
      return row.running
    },
  }
}

/** The HTTP server of an API. Node publishes it with each request. */
async function httpServerOf(url: string): Promise<Server> {
  const requests = channel('http.server.request.start')
  const { promise, resolve } = Promise.withResolvers<Server>()
  const onRequest = (message: unknown) => resolve((message as { server: Server }).server)
  requests.subscribe(onRequest)
  await fetch(`${url}/livez`)
  requests.unsubscribe(onRequest)
  return promise
}

test.each(transports)('over %s the answer to an audit may take longer than others', async (via) => {
  const server = await httpServerOf(slow.url)
  server.timeout = IDLE_MS
  const before = audits
  const token = await slow.token('operator', 'admin')
  const { answer } = await call({ url: slow.url, via, name: 'admin.audit', input: {}, token })
  expect(answer).toMatchObject({ holds: true })
  expect(audits).toBe(before + 1)
})

test('however many ask for an audit at once, the database makes one at a time', async () => {
  const token = await api.token('operator', 'admin')
  const { release, running } = await holdStock()
  const audit = () => call({ url: api.url, via: 'REST', name: 'admin.audit', input: {}, token })
  const replies = Promise.all(Array.from({ length: 8 }, audit))
  await expect.poll(running, { timeout: PATIENCE_MS }).toBe(1)
  await sleep(200)
  expect(await running()).toBe(1)
  await release()
  expect((await replies).map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
})

test('an audit under way does not hold up the end of the process', async () => {
  const { release, running } = await holdStock()
  const own = await startTestApi(api.databaseUrl)
  const audit = own.services.audit().catch((error) => error)
  await expect.poll(running, { timeout: PATIENCE_MS }).toBe(1)
  await own.close()
  expect(await audit).toMatchObject({ code: 'UNAVAILABLE' })
  expect(await running()).toBe(0)
  await release()
})
