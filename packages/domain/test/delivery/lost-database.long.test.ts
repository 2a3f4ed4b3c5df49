import { setTimeout as sleep } from 'node:timers/promises'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { waitFor } from '@jumun/test-kit/wait-for'
import { inject, test, vi } from 'vitest'
import { startRelay } from '../../src/delivery/relay.ts'
import { SECRET } from './support/data-platform.ts'
import { someEvents } from './support/events.ts'
import { openOwnOutbox } from './support/own-outbox.ts'
import { startPlatformProcess } from './support/processes.ts'

// Higher than every limit below, so that a failure names the limit that was exceeded.
vi.setConfig({ testTimeout: scaleByLoad(180_000) })

const RECOVERY_MAX_MS = scaleByLoad(30_000)

/** Limits a wait whose duration is not asserted. */
const PATIENCE_MS = scaleByLoad(20_000)

/** How long retries are counted. */
const OBSERVATION_MS = 3_000

async function setUp(cleanUp: CleanUp, via?: (url: string) => string) {
  const own = await openOwnOutbox(cleanUp, via)
  const platform = await startPlatformProcess(cleanUp)
  /** When errors occurred, in milliseconds of `performance.now()`. */
  const errors: number[] = []
  const relay = startRelay({
    em: own.em,
    platform: { url: platform.url, secret: SECRET },
    onError: () => errors.push(performance.now()),
  })
  cleanUp(() => relay.stop())
  const arrived = async (count: number) => (await platform.stats()).events === count
  return { ...own, platform, relay, errors, arrived }
}

/** Ends the sessions of this database; waits up to `waitMs` until they are gone. */
const endSessions = (url: string, waitMs = 0) =>
  onServer(
    url,
    `select pg_terminate_backend(pid, $1) from pg_stat_activity
      where starts_with(application_name, 'jumun') and datname = current_database()`,
    [waitMs],
  )

test('the relay recovers by itself after the database was unreachable', async ({ expect, onTestFinished }) => {
  const { url, queue, errors, arrived } = await setUp(onTestFinished)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(10), PATIENCE_MS)
  await queue.add(...someEvents(10))
  const name = new URL(url).pathname.slice(1)
  const { serverUrl } = inject('testDatabases')
  await onServer(serverUrl, `alter database ${name} with allow_connections false`)
  await onServer(serverUrl, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  await waitFor(() => errors.length > 0, PATIENCE_MS)
  const end = performance.now() + OBSERVATION_MS
  await sleep(OBSERVATION_MS)
  // Without a backoff there would be hundreds of retries. A busy machine sleeps longer, so that later ones do not count.
  expect(errors.filter((at) => at < end).length).toBeLessThan(12)
  await onServer(serverUrl, `alter database ${name} with allow_connections true`)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(30), RECOVERY_MAX_MS)
})

test('events of a batch during which the database was lost are acknowledged later', async ({
  expect,
  onTestFinished,
}) => {
  const { url, queue, platform, errors, arrived } = await setUp(onTestFinished)
  await platform.setFaults({ latencyMs: 700 })
  await queue.add(...someEvents(10))
  await waitFor(async () => (await queue.waiting()).every(({ state }) => state === 'active'), PATIENCE_MS)
  const cutting = setInterval(() => void endSessions(url), 20)
  await waitFor(() => arrived(10), PATIENCE_MS)
  // The relay could not acknowledge the batch.
  await waitFor(() => errors.length > 0, PATIENCE_MS)
  clearInterval(cutting)
  await platform.setFaults({})
  await waitFor(async () => (await queue.waiting()).length === 0, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: 10, orders: 10 })
})

test('the relay reconnects when the database stops responding without closing its connections', async ({
  expect,
  onTestFinished,
}) => {
  const proxy = await startTcpProxy()
  onTestFinished(proxy.close)
  const { queue, relay, errors, arrived } = await setUp(onTestFinished, proxy.via)
  await queue.add(...someEvents(10))
  await waitFor(() => arrived(10), PATIENCE_MS)
  proxy.stall()
  await queue.add(...someEvents(10))
  relay.wake()
  await waitFor(() => arrived(20), RECOVERY_MAX_MS)
  expect(errors.length).toBeGreaterThan(0)
})
