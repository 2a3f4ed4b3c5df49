import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { singleFlight } from '../../src/background/single-flight.ts'

/** A single flight whose runs the test ends, each with its own number or with an error. */
function controlledFlight() {
  const runs: PromiseWithResolvers<number>[] = []
  const events = new EventEmitter()
  const call = singleFlight(() => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    events.emit('start')
    return run.promise
  })
  const started = async (count: number) => {
    while (runs.length < count) await once(events, 'start')
    expect(runs).toHaveLength(count)
  }
  return { runs, call, started, end: (number: number) => runs[number - 1]?.resolve(number) }
}

test('calls during a run share the next run, which starts when the current run ends', async () => {
  const { runs, call, started, end } = controlledFlight()
  const first = call()
  const others = [call(), call(), call()]
  expect(runs).toHaveLength(1)
  end(1)
  expect(await first).toBe(1)
  await started(2)
  const later = call()
  end(2)
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  await started(3)
  end(3)
  expect(await later).toBe(3)
})

test('a call starts a run at once if none is in progress', async () => {
  const { runs, call, end } = controlledFlight()
  for (const number of [1, 2]) {
    const answer = call()
    expect(runs).toHaveLength(number)
    end(number)
    expect(await answer).toBe(number)
  }
})

test('a failed run rejects the calls that share it, and not those of the next run', async () => {
  const { runs, call, started, end } = controlledFlight()
  const first = call()
  const second = call()
  runs[0]?.reject(new Error('no database'))
  await expect(first).rejects.toThrow('no database')
  await started(2)
  end(2)
  expect(await second).toBe(2)
})
