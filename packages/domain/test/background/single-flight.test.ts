import { expect, test } from 'vitest'
import { singleFlight } from '../../src/background/single-flight.ts'

/** Work whose runs end when the test says so, each with its own number or a failure. */
function controlled() {
  const runs: PromiseWithResolvers<number>[] = []
  const call = singleFlight(() => {
    const run = Promise.withResolvers<number>()
    runs.push(run)
    return run.promise
  })
  return { runs, call, end: (number: number) => runs[number - 1]?.resolve(number) }
}

test('whoever comes while the work runs shares the next run, which begins when this one ends', async () => {
  const { runs, call, end } = controlled()
  const first = call()
  const others = [call(), call(), call()]
  expect(runs).toHaveLength(1)
  end(1)
  expect(await first).toBe(1)
  await expect.poll(() => runs.length).toBe(2)
  const later = call()
  end(2)
  expect(await Promise.all(others)).toEqual([2, 2, 2])
  await expect.poll(() => runs.length).toBe(3)
  end(3)
  expect(await later).toBe(3)
})

test('a run begins at once when none is under way', async () => {
  const { runs, call, end } = controlled()
  for (const number of [1, 2]) {
    const answer = call()
    expect(runs).toHaveLength(number)
    end(number)
    expect(await answer).toBe(number)
  }
})

test('a run that fails is told to those who share it, and not to those of the next', async () => {
  const { runs, call, end } = controlled()
  const first = call()
  const second = call()
  runs[0]?.reject(new Error('no database'))
  await expect(first).rejects.toThrow('no database')
  await expect.poll(() => runs.length).toBe(2)
  end(2)
  expect(await second).toBe(2)
})
