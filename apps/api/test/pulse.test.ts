import type { Pulse, PulseSample } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { until } from '@jumun/test-kit/until'
import { beforeAll, expect, test, vi } from 'vitest'
import { BacklogReading } from '../src/observability/backlog-reading.ts'
import { quantileOf } from '../src/observability/quantile.ts'

const api = useApi({ platform: 'empty' })

let productId: number
beforeAll(async () => {
  productId = await api.shop.product({ price: 700, stock: 3 })
})

const read = (after?: string): Promise<Pulse> =>
  api.client('operator', 'admin').admin.pulse.query(after === undefined ? {} : { after })

/** The sum of a figure of all samples. */
const sum = (samples: PulseSample[], figure: 'orders' | 'paid' | 'revenue' | 'calls') =>
  samples.reduce((total, sample) => total + sample[figure], 0)

/** Waits until the samples have what was done before. */
async function untilSampled(isThere: (samples: PulseSample[]) => boolean): Promise<PulseSample[]> {
  return until(async () => {
    const { samples } = await read()
    expect(isThere(samples)).toBe(true)
    return samples
  }, 100)
}

test('the samples have the orders, the revenue and the refusals of this process', async () => {
  const memberId = await api.shop.member(10_000)
  const jumun = api.client(memberId)
  const items = [{ productId, quantity: 1 }]
  const idempotencyKey = 'one'
  await jumun.order.place.mutate({ memberId, items, idempotencyKey })
  // The first answer again is no second order.
  await jumun.order.place.mutate({ memberId, items, idempotencyKey })
  const { id: orderId } = await jumun.order.place.mutate({ memberId, items, payment: 'later' })
  await jumun.payment.pay.mutate({ orderId })
  await jumun.order.place.mutate({ memberId, items, payment: 'later' })
  await expect(jumun.order.place.mutate({ memberId, items })).rejects.toMatchObject({ code: 'OUT_OF_STOCK' })
  const samples = await untilSampled((all) => all.some(({ refusals }) => refusals['OUT_OF_STOCK'] === 1))
  expect(sum(samples, 'orders')).toBe(3)
  expect(sum(samples, 'paid')).toBe(2)
  expect(sum(samples, 'revenue')).toBe(1_400)
  expect(sum(samples, 'calls')).toBeGreaterThanOrEqual(6)
  const busy = samples.filter(({ p50Ms }) => p50Ms !== null)
  expect(busy.length).toBeGreaterThan(0)
  for (const { p50Ms, p99Ms } of busy) expect(p99Ms).toBeGreaterThanOrEqual(p50Ms ?? Infinity)
  expect(samples.at(-1)).toMatchObject({ poolMax: 10, poolWaiting: expect.any(Number), streams: 0 })
})

test('the events that wait are counted while somebody looks', async () => {
  const samples = await untilSampled((all) => (all.at(-1)?.eventsWaiting ?? 0) >= 2)
  expect(samples.at(-1)?.oldestEventSeconds).toBeGreaterThan(0)
})

test('only the samples after a time are answered, each once and in order', async () => {
  const before = await untilSampled((all) => all.length >= 2)
  const [, second] = before
  const { samples, process } = await read(second?.at)
  expect(samples.every(({ at }) => at > (second?.at ?? ''))).toBe(true)
  expect(samples.map(({ at }) => at)).toEqual(samples.map(({ at }) => at).toSorted())
  expect((await read('2999-01-01T00:00:00Z')).samples).toEqual([])
  expect((await read()).process).toEqual(process)
  expect(await api.client('operator', 'admin').admin.system.query({})).toMatchObject({
    processes: [{ id: process.id, self: true }],
  })
})

test('callers at once share one count of the events, and it is not repeated at once', async () => {
  const execute = vi.spyOn(api.services.database.em, 'execute')
  const counts = () => execute.mock.calls.filter(([sql]) => String(sql).includes('"oldestSeconds"')).length
  const reading = new BacklogReading(api.services.database)
  expect(reading.latest).toBeUndefined()
  reading.refresh()
  await expect.poll(() => reading.latest).toMatchObject({ dead: 0 })
  const after = counts()
  for (let call = 0; call < 10; call++) reading.refresh()
  expect(counts()).toBe(after)
  execute.mockRestore()
})

test.each([
  [[], 0.5, null],
  [[4], 0.5, 5],
  [[0, 4], 0.5, 15],
  [[2, 2], 0.5, 10],
  [[99, 1], 0.99, 10],
  [[0, 0, 0, 5], 0.99, 40],
])('of counts %j the quantile %d is %d', (counts, share, expected) => {
  expect(quantileOf(counts, [10, 20, 40], share)).toBe(expected)
})
