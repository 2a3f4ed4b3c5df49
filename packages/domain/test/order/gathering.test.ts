import type { PlaceOrderInput } from '@jumun/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import { OrderQueue } from '../../src/order/order-queue.ts'

const request = (index: number): PlaceOrderInput => ({
  memberId: `member-${index}`,
  items: [{ productId: 1, quantity: 1 }],
  payment: 'now',
})

const LONGEST_MS = 25

/** A queue whose batches end when the test says so. */
function openQueue({ shared = false } = {}) {
  const ends: (() => void)[] = []
  const sizes: number[] = []
  const queue = new OrderQueue(
    async (requests) => {
      sizes.push(requests.length)
      await new Promise<void>((resolve) => ends.push(resolve))
      return requests.map(() => new DomainError('PRODUCT_NOT_FOUND', '', { productIds: [1] }))
    },
    () => shared,
  )
  const place = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => queue.place(request(from + index)).catch(() => {}))
  return { sizes, place, end: (index: number) => ends[index]?.() }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('beside other processes one batch is in flight, and the next one gathers as many as were in the last and behind it', async () => {
  const { sizes, place, end } = openQueue({ shared: true })
  const answers = place(0, 2)
  await nextTurn()
  answers.push(...place(2, 3))
  await nextTurn()
  expect(sizes).toEqual([2])

  end(0)
  await nextTurn()
  answers.push(...place(3, 4))
  await nextTurn()
  expect(sizes).toEqual([2])
  answers.push(...place(4, 5))
  await nextTurn()
  expect(sizes).toEqual([2, 3])
  end(1)
  await Promise.all(answers)
})

test('a batch beside other processes does not gather for long', async () => {
  const { sizes, place, end } = openQueue({ shared: true })
  const answers = place(0, 3)
  await nextTurn()
  end(0)
  await nextTurn()
  answers.push(...place(3, 4))
  await nextTurn()
  expect(sizes).toEqual([3])
  vi.advanceTimersByTime(LONGEST_MS)
  await nextTurn()
  expect(sizes).toEqual([3, 1])
  end(1)
  await nextTurn()
  // As many as there were: it gathers no longer.
  answers.push(...place(4, 5))
  await nextTurn()
  expect(sizes).toEqual([3, 1, 1])
  end(2)
  await Promise.all(answers)
})

test('a second batch starts when as many orders wait as the one in flight holds', async () => {
  const { sizes, place, end } = openQueue()
  const answers = place(0, 3)
  await nextTurn()
  answers.push(...place(3, 5))
  await nextTurn()
  expect(sizes).toEqual([3])
  answers.push(...place(5, 6))
  await nextTurn()
  expect(sizes).toEqual([3, 3])
  // The first ends: two wait, which are fewer than the second holds.
  answers.push(...place(6, 8))
  end(0)
  await nextTurn()
  expect(sizes).toEqual([3, 3])
  end(1)
  await nextTurn()
  expect(sizes).toEqual([3, 3, 2])
  end(2)
  await Promise.all(answers)
})

test('a second batch does not gather for long, and none waits when nothing is in flight', async () => {
  const { sizes, place, end } = openQueue()
  const answers = place(0, 3)
  await nextTurn()
  answers.push(...place(3, 4))
  vi.advanceTimersByTime(LONGEST_MS - 1)
  await nextTurn()
  expect(sizes).toEqual([3])
  vi.advanceTimersByTime(1)
  await nextTurn()
  expect(sizes).toEqual([3, 1])
  end(0)
  end(1)
  await Promise.all(answers.splice(0))
  answers.push(...place(4, 5))
  await nextTurn()
  expect(sizes).toEqual([3, 1, 1])
  end(2)
  await Promise.all(answers)
})
