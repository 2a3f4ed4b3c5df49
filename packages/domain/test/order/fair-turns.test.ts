import type { PlaceOrderInput } from '@jumun/contract'
import { expect, test, vi } from 'vitest'
import { OrderQueue } from '../../src/order/order-queue.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

function request(memberId: string, lines = 1): PlaceOrderInput {
  const items = Array.from({ length: lines }, (_, index) => ({ productId: index + 1, quantity: 1 }))
  return { memberId, items, payment: 'now' }
}

/** A queue whose batches and calls end when the test says so. Every order is answered with an empty object. */
function openQueue() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const until = (name: string) => new Promise<void>((resolve) => ends.set(name, resolve))
  const queue = new OrderQueue(async (requests) => {
    const name = requests.map(({ memberId, items }) => `${memberId}:${items.length}`).join(' ')
    started.push(name)
    await until(name)
    return requests.map(() => ({ answer: {} as never, replayed: false }))
  })
  /** Most tests end before every call has its turn. */
  const maybeUnanswered = <Answer>(answer: Promise<Answer>) => {
    answer.catch(() => {})
    return answer
  }
  const place = (order: PlaceOrderInput) => maybeUnanswered(queue.place(order))
  const call = (memberId: string, name: string) =>
    maybeUnanswered(
      queue.run(memberId, async () => {
        started.push(name)
        await until(name)
        return name
      }),
    )
  const end = async (name: string) => {
    ends.get(name)?.()
    await nextTurn()
    await nextTurn()
  }
  return { queue, started, place, call, end }
}

test('members take turns in a batch regardless of how many orders one of them has waiting', async () => {
  const { started, place, end } = openQueue()
  void place(request('busy'))
  await nextTurn()
  void place(request('other'))
  await nextTurn()
  for (let count = 0; count < 150; count++) void place(request('greedy'))
  for (const memberId of ['mina', 'joon']) void place(request(memberId))
  await end('busy:1')
  const batch = started[2]?.split(' ') ?? []
  expect(batch.slice(0, 4)).toEqual(['greedy:1', 'mina:1', 'joon:1', 'greedy:1'])
  expect(batch).toHaveLength(100)
})

test('a batch is bounded by lines, in all and of one member, and small orders are not held up by large ones', async () => {
  const { started, place, end } = openQueue()
  for (const memberId of ['busy', 'other']) {
    void place(request(memberId))
    await nextTurn()
  }
  for (const memberId of ['a', 'a', 'b', 'c', 'd']) void place(request(memberId, 99))
  for (const memberId of ['mina', 'joon']) void place(request(memberId, 2))
  await end('busy:1')
  expect(started[2]).toBe('a:99 b:99 c:99 mina:2')
  await end(started[2] ?? '')
  expect(started[3]).toBe('d:99 joon:2 a:99')
})

test('only one batch or call of a member is in flight, so that no other member waits for the locks of that member', async () => {
  const { started, place, call, end } = openQueue()
  void place(request('greedy'))
  await nextTurn()
  void place(request('greedy'))
  const cancelled = call('greedy', 'cancel')
  void place(request('mina'))
  await nextTurn()
  expect(started).toEqual(['greedy:1', 'mina:1'])
  await end('greedy:1')
  expect(started).toEqual(['greedy:1', 'mina:1', 'greedy:1'])
  await end('greedy:1')
  expect(started.at(-1)).toBe('cancel')
  await end('cancel')
  expect(await cancelled).toBe('cancel')
})

test('calls leave connections to the orders, and members take turns in calls too', async () => {
  const { started, place, call, end } = openQueue()
  for (let count = 0; count < 8; count++) void call(`member-${count}`, `call-${count}`)
  for (let count = 0; count < 3; count++) void call('member-0', `again-${count}`)
  void place(request('mina'))
  await nextTurn()
  expect(started).toEqual(['mina:1', ...Array.from({ length: 6 }, (_, index) => `call-${index}`)])
  await end('call-0')
  await end('call-1')
  await end('call-2')
  expect(started.slice(7)).toEqual(['call-6', 'call-7', 'again-0'])
})

test('one member can wait with 200 calls, and then others still can', async () => {
  const { place, call, end } = openQueue()
  void place(request('greedy'))
  await nextTurn()
  for (let count = 0; count < 200; count++) void place(request('greedy'))
  const refused = { code: 'UNAVAILABLE', retryAfterSeconds: 1 }
  expect(await refusalOf(place(request('greedy')))).toEqual(refused)
  expect(await refusalOf(call('greedy', 'cancel'))).toEqual(refused)
  const other = place(request('mina'))
  await nextTurn()
  await end('mina:1')
  expect(await other).toMatchObject({ replayed: false })
})

test('a call whose turn does not come within 1.4 seconds is refused without an attempt, and later ones run', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    const { started, call, end } = openQueue()
    const first = call('mina', 'first')
    const late = refusalOf(call('mina', 'late'))
    await nextTurn()
    vi.advanceTimersByTime(1_500)
    expect(await late).toMatchObject({ code: 'UNAVAILABLE' })
    const next = call('mina', 'next')
    await end('first')
    await end('next')
    expect(await Promise.all([first, next])).toEqual(['first', 'next'])
    expect(started).toEqual(['first', 'next'])
  } finally {
    vi.useRealTimers()
  }
})

test('an order that waits behind a refused call of its member is placed at once, and draining ends', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    const { queue, started, place, call, end } = openQueue()
    const first = call('mina', 'first')
    const late = refusalOf(call('mina', 'late'))
    const behind = place(request('mina'))
    await nextTurn()
    vi.advanceTimersByTime(1_500)
    expect(await late).toMatchObject({ code: 'UNAVAILABLE' })
    await end('first')
    expect(started).toEqual(['first', 'mina:1'])
    await end('mina:1')
    await Promise.all([first, behind, queue.drain()])
  } finally {
    vi.useRealTimers()
  }
})

test('draining waits for calls too, and a call that throws rejects and ends its turn', async () => {
  const { queue, call, end } = openQueue()
  const failed = queue.run('mina', () => {
    throw new Error('no')
  })
  await expect(failed).rejects.toThrow('no')
  let drained = false
  const running = call('mina', 'cancel')
  await nextTurn()
  const draining = queue.drain().then(() => {
    drained = true
  })
  await nextTurn()
  expect(drained).toBe(false)
  await end('cancel')
  await Promise.all([running, draining])
})
