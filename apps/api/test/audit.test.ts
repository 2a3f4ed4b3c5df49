import { setTimeout as sleep } from 'node:timers/promises'
import { auditShop } from '@jumun/domain'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test } from 'vitest'
import { recordReceivedRequests } from '../test-support/received-requests.ts'
import { call, transports } from '../test-support/transports.ts'

/** The socket timeout of the server: long enough for a loaded machine to start an audit, short enough for the test. */
const SOCKET_TIMEOUT_MS = Math.min(scaleByLoad(2_000), 10_000)

const CALLS = 8

let audits = 0
/** Its audits take longer than the socket timeout. */
const slow = useApi({
  replace: ({ em }) => ({
    async audit() {
      audits++
      await sleep(1.5 * SOCKET_TIMEOUT_MS)
      return { answer: await auditShop(em), ageSeconds: undefined }
    },
  }),
})
const api = useApi()

/** Locks the table that an audit reads first, so that audits wait. */
async function lockStock() {
  const { em } = api.services
  const fork = em.fork()
  await fork.begin()
  onTestFinished(async () => {
    if (fork.isInTransaction()) await fork.rollback()
  })
  await fork.execute('lock table product_stock in access exclusive mode')
  return {
    release: () => fork.rollback(),
    async waitingAudits(): Promise<number> {
      const [row] = await em.execute<[{ waiting: number }]>(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database()
          and wait_event_type = 'Lock' and query like '%product_stock%'`,
      )
      return row.waiting
    },
  }
}

test.each(transports)('an audit over %s may take longer than the socket timeout', async (via) => {
  const { received } = recordReceivedRequests()
  await fetch(`${slow.url}/livez`)
  for (const { server } of received) server.timeout = SOCKET_TIMEOUT_MS
  const before = audits
  const token = await slow.token('operator', 'admin')
  const { answer } = await call({ url: slow.url, via, name: 'admin.audit', input: {}, token })
  expect(answer).toMatchObject({ holds: true })
  expect(audits).toBe(before + 1)
})

test('concurrent audits share one run in the database', async () => {
  const token = await api.token('operator', 'admin')
  const { release, waitingAudits } = await lockStock()
  const requests = recordReceivedRequests()
  const audit = () => call({ url: api.url, via: 'REST', name: 'admin.audit', input: {}, token })
  const replies = Promise.all(Array.from({ length: CALLS }, audit))
  await expect.poll(waitingAudits).toBe(1)
  await requests.until(CALLS)
  // No event shows that a further audit does not start.
  await sleep(scaleByLoad(200))
  expect(await waitingAudits()).toBe(1)
  await release()
  expect((await replies).map(({ status }) => status)).toEqual(Array.from({ length: CALLS }, () => 200))
})

test('a running audit does not delay stopping the API', async () => {
  const { release, waitingAudits } = await lockStock()
  const stopping = await startTestApi(api.databaseUrl)
  const audit = stopping.services.audit().catch((error) => error)
  await expect.poll(waitingAudits).toBe(1)
  await stopping.close()
  expect(await audit).toMatchObject({ code: 'UNAVAILABLE' })
  expect(await waitingAudits()).toBe(0)
  await release()
})
