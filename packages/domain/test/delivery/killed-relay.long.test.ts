import type { CleanUp } from '@jumun/test-kit/clean-up'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { waitFor } from '@jumun/test-kit/wait-for'
import { test, vi } from 'vitest'
import { someEvents } from './support/events.ts'
import { openOwnOutbox } from './support/own-outbox.ts'
import { startPlatformProcess, startRelayProcess } from './support/processes.ts'

// Higher than every limit below, so that a failure names the limit that was exceeded.
vi.setConfig({ testTimeout: scaleByLoad(180_000) })

/** All events are delivered this long after the broken part is back. */
const RECOVERY_MAX_MS = scaleByLoad(30_000)

/** Limits a wait whose duration is not asserted. */
const PATIENCE_MS = scaleByLoad(20_000)

const EVENTS = 20

/** Time enough to suspend the relay between the platform's answer and its arrival; the relay's timeout is 5 s. */
const ANSWER_DELAY_MS = 1_000

async function setUp(cleanUp: CleanUp) {
  const { url: databaseUrl, queue } = await openOwnOutbox(cleanUp)
  const platform = await startPlatformProcess(cleanUp)
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const proxy = await startTcpProxy({ onEvent: () => resolve() })
  cleanUp(proxy.close)
  const startRelay = (platformUrl = platform.url) => startRelayProcess(cleanUp, { databaseUrl, platformUrl })
  return {
    queue,
    platform,
    proxy,
    /** Resolves when the proxy has held back a request or an answer. */
    held,
    startRelay,
    startRelayBehindProxy: () => startRelay(proxy.via(platform.url)),
    allClaimed: async () => (await queue.waiting()).every(({ state }) => state === 'active'),
    allApplied: async () => (await platform.stats()).events === EVENTS,
    outboxEmpty: async () => (await queue.waiting()).length === 0,
  }
}

test.concurrent('the events of a relay that was killed before the platform answered arrive once', async ({
  expect,
  onTestFinished,
}) => {
  const { queue, platform, proxy, held, ...shop } = await setUp(onTestFinished)
  await proxy.setMode({ kind: 'hold-request' })
  await queue.add(...someEvents(EVENTS))
  const relay = await shop.startRelayBehindProxy()
  await held
  expect(await shop.allClaimed()).toBe(true)
  await relay.kill()

  await shop.startRelay()
  await waitFor(shop.outboxEmpty, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: EVENTS, orders: EVENTS, duplicates: 0 })
})

test.concurrent('the events of a relay that was killed after the platform answered are sent again and count once', async ({
  expect,
  onTestFinished,
}) => {
  const { queue, platform, proxy, held, ...shop } = await setUp(onTestFinished)
  await proxy.setMode({ kind: 'hold-reply' })
  await queue.add(...someEvents(EVENTS))
  const relay = await shop.startRelayBehindProxy()
  await held
  expect(await shop.allClaimed()).toBe(true)
  await relay.kill()
  expect(await shop.allApplied()).toBe(true)
  expect(await queue.waiting()).toHaveLength(EVENTS)

  await shop.startRelay()
  await waitFor(shop.outboxEmpty, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: EVENTS, orders: EVENTS, duplicates: EVENTS })
})

test.concurrent('a relay that resumes after its claims expired loses no event and creates no dead letter', async ({
  expect,
  onTestFinished,
}) => {
  const { queue, platform, proxy, ...shop } = await setUp(onTestFinished)
  await proxy.setMode({ kind: 'slow', ms: ANSWER_DELAY_MS })
  await queue.add(...someEvents(EVENTS))
  const suspended = await shop.startRelayBehindProxy()
  await waitFor(shop.allClaimed, PATIENCE_MS)
  await waitFor(shop.allApplied, PATIENCE_MS)
  suspended.signal('SIGSTOP')
  await shop.startRelay()
  await waitFor(shop.outboxEmpty, RECOVERY_MAX_MS)
  suspended.signal('SIGCONT')
  await queue.add(...someEvents(EVENTS))
  await waitFor(async () => (await platform.stats()).events === EVENTS * 2, RECOVERY_MAX_MS)
  await waitFor(shop.outboxEmpty, PATIENCE_MS)
  expect(await queue.deadLetters()).toEqual([])
})
