import { expect, test, vi } from 'vitest'
import { startLoop, startPolling } from '../../src/background/loop.ts'

/** Longer than the test. */
const LONG_MS = 600_000

function start(firstAfterMs: number) {
  const work = vi.fn(async () => LONG_MS)
  return { work, loop: startLoop(work, firstAfterMs) }
}

test('a loop with a first sleep runs when it is woken', async () => {
  const { work, loop } = start(LONG_MS)
  expect(work).not.toHaveBeenCalled()
  loop.wake()
  await expect.poll(() => work).toHaveBeenCalledOnce()
  await loop.stop()
})

test('a loop that is stopped during its first sleep ends at once and never runs', async () => {
  const { work, loop } = start(LONG_MS)
  await loop.stop()
  expect(work).not.toHaveBeenCalled()
})

test('a loop without a first sleep runs at once', async () => {
  const { work, loop } = start(0)
  expect(work).toHaveBeenCalledOnce()
  await loop.stop()
})

test('a backlog leaves the database to others for three times as long as each run of it took', async () => {
  vi.useFakeTimers()
  const started: number[] = []
  const begun = performance.now()
  const loop = startPolling({
    runOnce: async () => {
      started.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, started.length === 1 ? 100 : 1))
      return started.length < 3
    },
    intervalMs: LONG_MS,
    onError: () => expect.unreachable(),
  })
  try {
    await vi.advanceTimersByTimeAsync(1_000)
    // 100 + 300 ms; then 1 ms and the shortest pause.
    expect(started).toEqual([0, 400, 421])
  } finally {
    vi.useRealTimers()
    await loop.stop()
  }
})
