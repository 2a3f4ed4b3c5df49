import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderView, PlaceOrderInput } from '@jumun/contract'
import { until } from '@jumun/test-kit/until'
import { expect, test, vi } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import type { Outcome } from '../../src/idempotency/idempotency.ts'
import { OrderQueue } from '../../src/order/order-queue.ts'
import type { PlacedOrder } from '../../src/order/place-orders.ts'
import { refusalOf } from '../../test-support/refusal.ts'

/** How often it looks for the next batch. */
const LOOK_EVERY_MS = 2

/** A request; tests identify it by its member. */
function request(memberId: string): PlaceOrderInput {
  return { memberId, items: [{ productId: 1, quantity: 1 }], payment: 'now' }
}

function requests(count: number): PlaceOrderInput[] {
  return Array.from({ length: count }, (_, index) => request(`member-${index}`))
}

function placed({ memberId }: PlaceOrderInput): PlacedOrder {
  const order: OrderView = {
    id: '019310a4-6f00-7000-8000-000000000001',
    memberId,
    status: 'PAID',
    items: [],
    total: 1,
    createdAt: '2026-01-15T03:00:00.000Z',
    paidAt: '2026-01-15T03:00:00.000Z',
    expiresAt: null,
    cancelledAt: null,
  }
  return { answer: order, replayed: false }
}

interface Batch {
  members: string[]
  commit(): void
  fail(error: unknown): void
}

/** A queue whose batches wait until the test commits or fails them. */
function openControlledQueue() {
  const batches: Batch[] = []
  const queue = new OrderQueue(
    (requests) =>
      new Promise((resolve, reject) => {
        batches.push({
          members: requests.map((request) => request.memberId),
          commit: () => resolve(requests.map(placed)),
          fail: reject,
        })
      }),
  )
  const complete = async (index: number, action: (batch: Batch) => void) => {
    await until(() => expect(batches.length).toBeGreaterThan(index), LOOK_EVERY_MS)
    const batch = batches[index]
    if (batch) action(batch)
  }
  return {
    queue,
    batches,
    commit: (index: number) => complete(index, (batch) => batch.commit()),
    fail: (index: number, error: unknown) => complete(index, (batch) => batch.fail(error)),
    sizes: () => batches.map((batch) => batch.members.length),
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Places orders: the first two start at once, each in its own batch, and the others wait behind them. */
async function placeAll(
  queue: OrderQueue,
  all: PlaceOrderInput[],
): Promise<{ answers: Promise<Outcome<OrderView>>[] }> {
  const answers: Promise<Outcome<OrderView>>[] = []
  for (const [index, request] of all.entries()) {
    answers.push(queue.place(request))
    if (index < 2) await nextTurn()
  }
  return { answers }
}

function databaseError(code: string, message = 'The database says no'): Error {
  return Object.assign(new Error(message), { code })
}

test('a single order starts at once', async () => {
  const { queue, batches } = openControlledQueue()
  const answer = queue.place(request('mina'))
  await nextTurn()
  expect(batches.map((batch) => batch.members)).toEqual([['mina']])
  batches[0]?.commit()
  await answer
})

test('orders that are placed in one turn of the event loop form one batch', async () => {
  const { queue, commit, sizes } = openControlledQueue()
  const answers = Promise.all(requests(5).map((request) => queue.place(request)))
  await nextTurn()
  expect(sizes()).toEqual([5])
  await commit(0)
  await answers
})

test('while two batches are in flight, further orders form the next batches in order of arrival', async () => {
  const { queue, batches, commit, sizes } = openControlledQueue()
  const { answers } = await placeAll(queue, requests(150))
  expect(sizes()).toEqual([1, 1])
  await commit(0)
  await until(() => expect(sizes()).toEqual([1, 1, 100]), LOOK_EVERY_MS)
  await commit(2)
  await until(() => expect(sizes()).toEqual([1, 1, 100, 48]), LOOK_EVERY_MS)
  await commit(3)
  await commit(1)
  expect((await Promise.all(answers)).map(({ answer }) => answer.memberId)).toEqual(
    requests(150).map(({ memberId }) => memberId),
  )
  expect(batches.flatMap((batch) => batch.members)).toEqual(requests(150).map(({ memberId }) => memberId))
})

test('the answers of a large batch are spread over several turns of the event loop', async () => {
  const { queue, commit } = openControlledQueue()
  let answered = 0
  const answers = Promise.all(requests(50).map((request) => queue.place(request).then(() => answered++)))
  await nextTurn()
  await commit(0)
  await nextTurn()
  expect(answered).toBeGreaterThan(0)
  expect(answered).toBeLessThan(50)
  await answers
})

test('each order gets its own answer, or its own error', async () => {
  const refusal = new DomainError('CART_EMPTY', 'Refused', {})
  const queue = new OrderQueue(async (requests) =>
    requests.map((request) => (request.memberId === 'member-3' ? refusal : placed(request))),
  )
  const answers = await Promise.allSettled(requests(5).map((request) => queue.place(request)))
  expect(answers.map((answer) => answer.status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(answers[3]).toMatchObject({ reason: refusal })
})

test('an order that fails its batch is isolated, and the other orders of the batch are placed', async () => {
  const poison = new Error('poison')
  const queue = new OrderQueue(async (requests) => {
    await sleep(1)
    if (requests.some(({ memberId }) => memberId === 'member-7')) throw poison
    return requests.map(placed)
  })
  const answers = await Promise.allSettled(requests(20).map((request) => queue.place(request)))
  expect(answers.filter((answer) => answer.status === 'rejected')).toEqual([{ status: 'rejected', reason: poison }])
  expect(answers[7]?.status).toBe('rejected')
})

test.each(['55P03', '40P01', '22001'])(
  'a batch that was certainly rolled back (%s) is retried order by order',
  async (code) => {
    const { queue, fail, commit, sizes } = openControlledQueue()
    const answers = Promise.allSettled((await placeAll(queue, requests(4))).answers)
    await commit(0)
    await commit(1)
    await fail(2, databaseError(code))
    await commit(3)
    await commit(4)
    expect((await answers).map((answer) => answer.status)).toEqual(Array(4).fill('fulfilled'))
    expect(sizes()).toEqual([1, 1, 2, 1, 1])
  },
)

test.each([
  ['the connection was lost', databaseError('ECONNRESET')],
  ['the connection ended', new Error('Connection terminated unexpectedly')],
  ['the server was stopped', databaseError('57P01')],
  ['the server crashed', databaseError('57P02')],
])('a batch that may have been committed because %s is not placed again', async (_, error) => {
  const { queue, fail, commit, sizes } = openControlledQueue()
  const answers = Promise.allSettled((await placeAll(queue, requests(4))).answers)
  await commit(0)
  await commit(1)
  await fail(2, error)
  expect((await answers).slice(2)).toEqual(Array(2).fill({ status: 'rejected', reason: error }))
  expect(sizes()).toEqual([1, 1, 2])
})

test('orders of a failed batch are not retried after they have waited too long', async () => {
  const poison = new Error('poison')
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { queue, fail, commit, sizes } = openControlledQueue()
    const answers = Promise.allSettled((await placeAll(queue, requests(5))).answers)
    await commit(0)
    await commit(1)
    await fail(2, poison)
    await commit(3)
    await until(() => expect(sizes()).toEqual([1, 1, 3, 1, 1]), LOOK_EVERY_MS)
    vi.advanceTimersByTime(3_001)
    await fail(4, poison)
    expect((await answers).slice(2)).toEqual([
      { status: 'fulfilled', value: placed(request('member-2')) },
      { status: 'rejected', reason: poison },
      { status: 'rejected', reason: expect.objectContaining({ code: 'UNAVAILABLE' }) },
    ])
  } finally {
    vi.useRealTimers()
  }
})

test('an order that waited more than 3 seconds is refused without an attempt to place it', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { queue, batches, commit } = openControlledQueue()
    const { answers: inFlight } = await placeAll(queue, [request('one'), request('two')])
    const late = refusalOf(queue.place(request('late')))
    vi.advanceTimersByTime(3_001)
    const fresh = queue.place(request('fresh'))
    await commit(0)
    await commit(1)
    expect(await late).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })
    await commit(2)
    await Promise.all([...inFlight, fresh])
    expect(batches.map((batch) => batch.members)).toEqual([['one'], ['two'], ['fresh']])
  } finally {
    vi.useRealTimers()
  }
})

test('while the database does not respond, orders in flight and waiting orders fail after 3 seconds', async () => {
  const { queue, commit, sizes } = openControlledQueue()
  const started = performance.now()
  const { answers } = await placeAll(queue, requests(5))
  expect(await Promise.all(answers.map(refusalOf))).toEqual(
    Array(5).fill({ code: 'UNAVAILABLE', retryAfterSeconds: 1 }),
  )
  expect(performance.now() - started).toBeGreaterThan(2_700)
  const next = queue.place(request('next'))
  await commit(0)
  await commit(2)
  expect((await next).answer.memberId).toBe('next')
  expect(sizes()).toEqual([1, 1, 1])
})

test('2,000 orders may wait, one more is refused, and the queue accepts orders again after a batch has left', async () => {
  const { queue, commit, sizes } = openControlledQueue()
  const { answers: waiting } = await placeAll(queue, requests(2_002))
  expect(await refusalOf(queue.place(request('too many')))).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })
  await commit(0)
  await until(() => expect(sizes()).toEqual([1, 1, 100]), LOOK_EVERY_MS)
  waiting.push(queue.place(request('one more')))
  for (let batch = 1; batch < 23; batch++) await commit(batch)
  expect(await Promise.all(waiting)).toHaveLength(2_003)
})

test('draining waits for every accepted order, and returns at once if the queue is idle', async () => {
  const { queue, commit, sizes } = openControlledQueue()
  await queue.drain()
  const finished: string[] = []
  const { answers } = await placeAll(queue, requests(3))
  for (const answer of answers) void answer.then(({ answer }) => finished.push(answer.memberId))
  const drained = queue.drain().then(() => finished.push('drained'))
  await commit(0)
  await commit(1)
  await until(() => expect([sizes(), finished.length]).toEqual([[1, 1, 1], 2]), LOOK_EVERY_MS)
  await nextTurn()
  expect(finished).toEqual(['member-0', 'member-1'])
  await commit(2)
  await drained
  expect(finished).toEqual(['member-0', 'member-1', 'member-2', 'drained'])
  await queue.drain()
})

test('draining also ends if every order failed', async () => {
  const queue = new OrderQueue(() => Promise.reject(new Error('poison')))
  const answers = Promise.allSettled(requests(5).map((request) => queue.place(request)))
  await queue.drain()
  expect((await answers).map((answer) => answer.status)).toEqual(Array(5).fill('rejected'))
})
