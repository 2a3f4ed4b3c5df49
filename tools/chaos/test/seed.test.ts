import { execFileSync } from 'node:child_process'
import { JumunError } from '@jumun/client'
import { expect, it } from 'vitest'
import { seededRandom } from '../cluster/seeded-random.ts'
import { planFaults } from '../faults/plan.ts'
import { randomOf } from '../random.ts'
import type { Fixture } from '../workload/fixture.ts'
import type { History } from '../workload/history.ts'
import { planOperations } from '../workload/plan.ts'

const STEPS = 60
const OPERATIONS = 100
const CALLERS = 3

it('the same seed plans the same faults, with the same draws', () => {
  expect(faultsOf(1)).toEqual(faultsOf(1))
})

it('another seed plans other faults, with other draws', () => {
  const [some, others] = [faultsOf(1), faultsOf(2)]
  expect(others.map(({ names }) => names)).not.toEqual(some.map(({ names }) => names))
  expect(others.map(({ draws }) => draws)).not.toEqual(some.map(({ draws }) => draws))
})

it('every fault is injected once before any is repeated', () => {
  const only = ['api-killed', 'commits-cut', 'platform-500', 'postgres-crashed']
  const names = faultsOf(1, only).flatMap((step) => step.names)
  expect(new Set(names.slice(0, only.length))).toEqual(new Set(only))
})

it('the same seed gives each caller the same calls', async () => {
  expect(await callsOf(1)).toEqual(await callsOf(1))
})

it('another seed gives each caller other calls', async () => {
  const [some, others] = [await callsOf(1), await callsOf(2)]
  for (const [caller, calls] of some.entries()) expect(others[caller]).not.toEqual(calls)
})

it('callers make different calls', async () => {
  const [one, another] = await callsOf(1)
  expect(one).not.toEqual(another)
})

it('the number of draws of an operation does not change the draws of later operations', () => {
  const drawsAfter = (draws: number) => {
    return first(OPERATIONS, planOperations(1, 0), ({ run, random }) => {
      const drawn = random.int(1, 1_000_000)
      for (let rest = draws; rest > 0; rest--) random.fraction()
      return [run.name, drawn]
    })
  }
  expect(drawsAfter(7)).toEqual(drawsAfter(0))
})

it('the seed decides Math.random of the processes', () => {
  const draws = (
    [
      [1, 'A'],
      [1, 'A'],
      [1, 'B'],
      [2, 'A'],
    ] as const
  ).map(([seed, stream]) =>
    execFileSync(process.execPath, [...seededRandom(seed, stream), '-p', 'Math.random()'], { encoding: 'utf8' }),
  )
  expect(draws[1]).toBe(draws[0])
  expect(new Set(draws).size).toBe(3)
})

it('chance returns true about as often as its probability says', () => {
  const random = randomOf(1, 'test')
  const count = Array.from({ length: 10_000 }, () => random.chance(0.2)).filter(Boolean).length
  expect(count).toBeGreaterThan(1_800)
  expect(count).toBeLessThan(2_200)
})

function faultsOf(seed: number, only: string[] = []) {
  return first(STEPS, planFaults({ seed, only }), ({ faults, pauseMs }) => ({
    names: faults.map(({ fault }) => fault.name),
    draws: faults.map(({ random }) => [random.int(0, 1_000_000), random.int(0, 1_000_000)]),
    pauseMs,
  }))
}

function first<Item, Result>(count: number, items: Iterable<Item>, map: (item: Item) => Result): Result[] {
  const results: Result[] = []
  for (const item of items) {
    if (results.length === count) break
    results.push(map(item))
  }
  return results
}

/** Runs the first operations of each caller against a client that reaches no API, and returns the calls. */
async function callsOf(seed: number): Promise<unknown[][]> {
  const callers = Array.from({ length: CALLERS }, async (_, index) => {
    const calls: unknown[] = []
    const fixture = fakeFixture(async (...call) => {
      calls.push(call)
      throw new JumunError({ code: 'UNREACHABLE', message: 'There is no API in this test.', details: {} })
    })
    for (const { run, random, nextKey } of first(OPERATIONS, planOperations(seed, index), (operation) => operation)) {
      await run({ fixture, history: fakeHistory, random, nextKey, recent: [] })
    }
    return calls
  })
  return Promise.all(callers)
}

const ignore = () => {}
const fakeHistory = new Proxy({} as History, { get: () => ignore })

function fakeFixture(call: (...call: unknown[]) => Promise<unknown>): Fixture {
  const clientOf = (memberId: string) => recorderOf([memberId], call) as Fixture['admin']
  const products = (first: number) => Array.from({ length: 10 }, (_, index) => ({ id: first + index, price: 100 }))
  return {
    rich: Array.from({ length: 20 }, (_, index) => `rich-${index}`),
    poor: ['poor-0', 'poor-1'],
    plain: products(1),
    scarce: products(100),
    priceOf: () => 100,
    client: clientOf,
    admin: clientOf('admin'),
    orderWithoutKey: async (...args) => {
      await call('orderWithoutKey', ...args).catch(ignore)
      return undefined
    },
    traffic: { retries: 0, lossProbability: 0, lost: 0, audits: 0, slowestMs: 0 },
  }
}

/** A stand-in for any procedure of the client. Reading a property extends the path; a call records path and input. */
function recorderOf(path: string[], call: (...call: unknown[]) => Promise<unknown>): unknown {
  return new Proxy(ignore, {
    get: (_, name) => recorderOf([...path, String(name)], call),
    apply: (_, __, args) => call(path.join('.'), ...args),
  })
}
