import { setTimeout as sleep } from 'node:timers/promises'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { onServer } from '@jumun/test-kit/on-server'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { waitFor } from '@jumun/test-kit/wait-for'
import { inject, test, vi } from 'vitest'
import { OUTBOX, openOutbox } from '../../src/delivery/outbox.ts'
import { startRelay } from '../../src/delivery/relay.ts'
import { SECRET } from './support/data-platform.ts'
import { someEvents } from './support/events.ts'
import { openOwnOutbox } from './support/own-outbox.ts'
import { startPlatformProcess } from './support/processes.ts'

// On a busy machine the limits below must be reached before this one.
vi.setConfig({ testTimeout: 90_000 })

const RECOVERY_MAX_MS = 30_000

async function setUp(cleanUp: CleanUp, via?: (url: string) => string) {
  const own = await openOwnOutbox(cleanUp, via)
  const platform = await startPlatformProcess(cleanUp)
  const errors: unknown[] = []
  const relay = startRelay({
    outbox: own.outbox,
    platform: { url: platform.url, secret: SECRET },
    onError: (error) => errors.push(error),
  })
  cleanUp(() => relay.stop())
  const arrived = async (count: number) => (await platform.stats()).events === count
  return { ...own, platform, relay, errors, arrived }
}

const endSessions = (url: string) =>
  onServer(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
                  where application_name = 'jumun-outbox' and datname = current_database()`,
  )

test('connections that break while nobody uses them end no process, though nobody listens', async ({
  expect,
  onTestFinished,
}) => {
  const { url, queue } = await openOwnOutbox(onTestFinished)
  const outbox = openOutbox({ url, maintain: false })
  onTestFinished(() => outbox.stop({ graceful: false }))
  await outbox.start()
  await endSessions(url)
  await sleep(100)
  await queue.add(...someEvents(1))
  expect(await outbox.fetch(OUTBOX)).toHaveLength(1)
})

test('a database that was away: the relay goes on by itself', async ({ expect, onTestFinished }) => {
  const { url, queue, errors, arrived } = await setUp(onTestFinished)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(10), 5_000)
  await queue.add(...someEvents(10))
  const name = new URL(url).pathname.slice(1)
  const { serverUrl } = inject('testDatabases')
  await onServer(serverUrl, `alter database ${name} with allow_connections false`)
  await onServer(serverUrl, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  await sleep(3_000)
  expect(errors.length).toBeGreaterThan(0)
  // A loop without rests would have tried hundreds of times.
  expect(errors.length).toBeLessThan(12)
  await onServer(serverUrl, `alter database ${name} with allow_connections true`)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(30), RECOVERY_MAX_MS)
})

test('a database that is lost while the platform works on a batch: the events are settled later', async ({
  expect,
  onTestFinished,
}) => {
  const { url, queue, platform, arrived } = await setUp(onTestFinished)
  await platform.setFaults({ latencyMs: 700 })
  await queue.add(...someEvents(10))
  await waitFor(async () => (await queue.waiting()).every(({ state }) => state === 'active'), 5_000)
  const cutting = setInterval(() => void endSessions(url), 20)
  await waitFor(() => arrived(10), 5_000)
  await sleep(300)
  clearInterval(cutting)
  await platform.setFaults({})
  await waitFor(async () => (await queue.waiting()).length === 0, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: 10, orders: 10 })
})

test('a database that falls silent without breaking: the relay gives up and connects again', async ({
  expect,
  onTestFinished,
}) => {
  const proxy = await startTcpProxy()
  onTestFinished(proxy.close)
  const { queue, relay, errors, arrived } = await setUp(onTestFinished, proxy.via)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(10), 5_000)
  proxy.stall()
  await queue.add(...someEvents(10))
  relay.wake()
  await waitFor(() => arrived(20), RECOVERY_MAX_MS)
  expect(errors.length).toBeGreaterThan(0)
})
