import { setTimeout as sleep } from 'node:timers/promises'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { waitFor } from '@jumun/test-kit/wait-for'
import { test, vi } from 'vitest'
import { someEvents } from './support/events.ts'
import { openOwnOutbox } from './support/own-outbox.ts'
import {
  type PlatformProcess,
  type RelayProcess,
  startPlatformProcess,
  startRelayProcess,
} from './support/processes.ts'

// On a busy machine the limits below must be reached before this one.
vi.setConfig({ testTimeout: 90_000 })

/** After whatever was broken is back, all is well within so long. */
const RECOVERY_MAX_MS = 30_000

const EVENTS = 20

const LATENCY_MS = 1_000

async function setUp(cleanUp: CleanUp) {
  const { url: databaseUrl, queue } = await openOwnOutbox(cleanUp)
  const platform = await startPlatformProcess(cleanUp)
  const startRelay = () => startRelayProcess(cleanUp, { databaseUrl, platformUrl: platform.url })
  const isHeld = async () => (await queue.waiting()).every(({ state }) => state === 'active')
  return { queue, platform, startRelay, isHeld }
}

/** Lets a relay ask a platform that answers slowly, and stops it before it can read the answer. */
async function stopInMidRequest(relay: RelayProcess, platform: PlatformProcess): Promise<void> {
  const isApplied = async () => (await platform.stats()).events === EVENTS
  // On a busy machine the request is not out yet at the first time.
  do {
    relay.signal('SIGCONT')
    await sleep(300)
    relay.signal('SIGSTOP')
    await sleep(LATENCY_MS + 500)
  } while (!(await isApplied()))
}

test.concurrent('a relay killed before the platform answered: its events arrive, once', async ({
  expect,
  onTestFinished,
}) => {
  const { queue, platform, startRelay, isHeld } = await setUp(onTestFinished)
  await platform.setFaults({ hang: true })
  await queue.add(...someEvents(EVENTS))
  const relay = await startRelay()
  await waitFor(isHeld, 5_000)
  await sleep(1_000)
  await relay.kill()
  await platform.setFaults({})

  await startRelay()
  await waitFor(async () => (await queue.waiting()).length === 0, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: EVENTS, orders: EVENTS, duplicates: 0 })
})

test.concurrent('a relay killed after the platform answered: its events come again and count once', async ({
  expect,
  onTestFinished,
}) => {
  const { queue, platform, startRelay, isHeld } = await setUp(onTestFinished)
  await platform.setFaults({ latencyMs: LATENCY_MS })
  await queue.add(...someEvents(EVENTS))
  const relay = await startRelay()
  await waitFor(isHeld, 5_000)
  await stopInMidRequest(relay, platform)
  await relay.kill()
  expect(await queue.waiting()).toHaveLength(EVENTS)

  await startRelay()
  await waitFor(async () => (await queue.waiting()).length === 0, RECOVERY_MAX_MS)
  expect(await platform.stats()).toMatchObject({ events: EVENTS, orders: EVENTS, duplicates: EVENTS })
})

test.concurrent('a relay that was thought dead and comes back disturbs nobody', async ({ expect, onTestFinished }) => {
  const { queue, platform, startRelay, isHeld } = await setUp(onTestFinished)
  await platform.setFaults({ latencyMs: LATENCY_MS })
  await queue.add(...someEvents(EVENTS))
  const sleeper = await startRelay()
  await waitFor(isHeld, 5_000)
  await stopInMidRequest(sleeper, platform)
  await startRelay()
  await waitFor(async () => (await queue.waiting()).length === 0, RECOVERY_MAX_MS)
  sleeper.signal('SIGCONT')
  await queue.add(...someEvents(EVENTS))
  await waitFor(async () => (await platform.stats()).events === EVENTS * 2, RECOVERY_MAX_MS)
  await waitFor(async () => (await queue.waiting()).length === 0, 20_000)
  expect(await queue.deadLetters()).toEqual([])
})
