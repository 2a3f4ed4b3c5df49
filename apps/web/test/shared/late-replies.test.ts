import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { gatherReads } from '../../src/shared/gathered-reads.ts'
import { StockStore } from '../../src/shared/stock-store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A query on a page, whose replies are given one by one. */
function aQuery() {
  const queries = new QueryClient()
  const replies: ((value: string) => void)[] = []
  const queryFn = () => new Promise<string>((resolve) => replies.push(resolve))
  const observer = new QueryObserver(queries, { queryKey: ['orders'], queryFn, staleTime: Number.POSITIVE_INFINITY })
  const leave = observer.subscribe(() => {})
  const reply = async (value: string) => {
    replies.at(-1)?.(value)
    await vi.advanceTimersByTimeAsync(0)
  }
  return { queries, replies, reply, leave, shown: () => queries.getQueryData(['orders']), observer }
}

test('a change while the first read is under way is read by another one', async () => {
  const { queries, replies, reply, shown } = aQuery()
  const reads = gatherReads(queries)
  reads.stale('orders')
  await vi.advanceTimersByTimeAsync(500)
  expect(replies).toHaveLength(1)
  await reply('older')
  await vi.advanceTimersByTimeAsync(500)
  expect(replies).toHaveLength(2)
  await reply('newer')
  expect(shown()).toBe('newer')
})

test('changes without end neither read all the time nor keep a read from its end', async () => {
  const { queries, replies, reply, shown } = aQuery()
  const reads = gatherReads(queries, 100)
  await reply('first')
  for (let count = 0; count < 100; count++) {
    reads.stale('orders')
    await vi.advanceTimersByTimeAsync(10)
  }
  expect(replies).toHaveLength(2)
  await reply('second')
  expect(shown()).toBe('second')
})

test('what waits to be read when its page is left is read by the next page', async () => {
  const { queries, replies, reply, leave, observer } = aQuery()
  const reads = gatherReads(queries)
  await reply('first')
  reads.stale('orders')
  leave()
  reads.stop()
  observer.subscribe(() => {})
  expect(replies).toHaveLength(2)
})

test('a late reply does not overwrite stock that the feed told meanwhile', async () => {
  const stocks = new StockStore()
  const [before, late] = [stocks.reader(), stocks.reader()]
  before([{ id: 1, stock: 9 }])
  stocks.hear(1, 3)
  late([
    { id: 1, stock: 9 },
    { id: 2, stock: 5 },
  ])
  await vi.advanceTimersByTimeAsync(250)
  expect([stocks.get(1), stocks.get(2)]).toEqual([3, 5])
  stocks.reader()([{ id: 1, stock: 2 }])
  expect(stocks.get(1)).toBe(2)

  const older = stocks.reader()
  stocks.forget()
  older([{ id: 1, stock: 7 }])
  expect(stocks.get(1)).toBeUndefined()
})
