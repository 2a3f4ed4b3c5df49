import { setTimeout as sleep } from 'node:timers/promises'
import type { OrderView, PlaceOrderInput } from '@jumun/contract'
import { expect, test, vi } from 'vitest'
import { DomainError } from '../../src/errors.ts'
import type { Outcome } from '../../src/idempotency/idempotency.ts'
import { OrderQueue } from '../../src/order/order-queue.ts'
import type { PlacedOrder } from '../../src/order/place-orders.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const PATIENCE_MS = 20_000

/** Waits until it is so: on a busy machine that may take its time. */
const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: PATIENCE_MS, interval: 2 })

/** A request that is told apart by its member. */
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

/** A queue whose batches wait until the test lets them commit or fail. */
function heldQueue() {
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
  const settle = async (index: number, how: (batch: Batch) => void) => {
    await until(() => expect(batches.length).toBeGreaterThan(index))
    const batch = batches[index]
    if (batch) how(batch)
  }
  return {
    queue,
    batches,
    commit: (index: number) => settle(index, (batch) => batch.commit()),
    fail: (index: number, error: unknown) => settle(index, (batch) => batch.fail(error)),
    sizes: () => batches.map((batch) => batch.members.length),
  }
}

const turnOfTheEventLoop = () => new Promise((resolve) => setImmediate(resolve))

/** Places orders of which the first two go at once, each alone, and the others wait behind them. */
async function placeAll(
  queue: OrderQueue,
  all: PlaceOrderInput[],
): Promise<{ answers: Promise<Outcome<OrderView>>[] }> {
  const answers: Promise<Outcome<OrderView>>[] = []
  for (const [index, request] of all.entries()) {
    answers.push(queue.place(request))
    if (index < 2) await turnOfTheEventLoop()
  }
  return { answers }
}

function databaseError(code: string, message = 'The database says no'): Error {
  return Object.assign(new Error(message), { code })
}

test('an order alone goes at once', async () => {
  const { queue, batches } = heldQueue()
  const answer = queue.place(request('mina'))
  await turnOfTheEventLoop()
  expect(batches.map((batch) => batch.members)).toEqual([['mina']])
  batches[0]?.commit()
  await answer
})

test('orders whose requests were read in one turn of the event loop go together', async () => {
  const { queue, commit, sizes } = heldQueue()
  const answers = Promise.all(requests(5).map((request) => queue.place(request)))
  await turnOfTheEventLoop()
  expect(sizes()).toEqual([5])
  await commit(0)
  await answers
})

test('while two batches are in flight, orders gather for the next, in the order in which they came', async () => {
  const { queue, batches, commit, sizes } = heldQueue()
  const { answers } = await placeAll(queue, requests(150))
  expect(sizes()).toEqual([1, 1])
  await commit(0)
  await until(() => expect(sizes()).toEqual([1, 1, 100]))
  await commit(2)
  await until(() => expect(sizes()).toEqual([1, 1, 100, 48]))
  await commit(3)
  await commit(1)
  expect((await Promise.all(answers)).map(({ answer }) => answer.memberId)).toEqual(
    requests(150).map(({ memberId }) => memberId),
  )
  expect(batches.flatMap((batch) => batch.members)).toEqual(requests(150).map(({ memberId }) => memberId))
})

test('the answers of many orders leave room for what the database says to the next batch', async () => {
  const { queue, commit } = heldQueue()
  let answered = 0
  const answers = Promise.all(requests(50).map((request) => queue.place(request).then(() => answered++)))
  await turnOfTheEventLoop()
  await commit(0)
  await turnOfTheEventLoop()
  expect(answered).toBeGreaterThan(0)
  expect(answered).toBeLessThan(50)
  await answers
})

test('each order gets its own answer: its order, its replay or its refusal', async () => {
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

test('a poisonous order fails alone, and those of its batch are placed', async () => {
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
  'a batch that the database undid for certain (%s) is tried order by order',
  async (code) => {
    const { queue, fail, commit, sizes } = heldQueue()
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
  const { queue, fail, commit, sizes } = heldQueue()
  const answers = Promise.allSettled((await placeAll(queue, requests(4))).answers)
  await commit(0)
  await commit(1)
  await fail(2, error)
  expect((await answers).slice(2)).toEqual(Array(2).fill({ status: 'rejected', reason: error }))
  expect(sizes()).toEqual([1, 1, 2])
})

test('of a failed batch, orders that have waited too long are not tried alone any more', async () => {
  const poison = new Error('poison')
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { queue, fail, commit, sizes } = heldQueue()
    const answers = Promise.allSettled((await placeAll(queue, requests(5))).answers)
    await commit(0)
    await commit(1)
    await fail(2, poison)
    await commit(3)
    await until(() => expect(sizes()).toEqual([1, 1, 3, 1, 1]))
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

test('an order that waited more than 3 seconds is refused without having been tried', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { queue, batches, commit } = heldQueue()
    const { answers: held } = await placeAll(queue, [request('one'), request('two')])
    const late = refusalOf(queue.place(request('late')))
    vi.advanceTimersByTime(3_001)
    const fresh = queue.place(request('fresh'))
    await commit(0)
    await commit(1)
    expect(await late).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })
    await commit(2)
    await Promise.all([...held, fresh])
    expect(batches.map((batch) => batch.members)).toEqual([['one'], ['two'], ['fresh']])
  } finally {
    vi.useRealTimers()
  }
})

test('however slow the database is, no order waits without end: it is told so after 3 seconds, as are those behind it', async () => {
  const { queue, commit, sizes } = heldQueue()
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

test('2,000 orders may wait; one more is refused, and there is room again when some have gone', async () => {
  const { queue, commit, sizes } = heldQueue()
  const { answers: waiting } = await placeAll(queue, requests(2_002))
  expect(await refusalOf(queue.place(request('too many')))).toEqual({ code: 'UNAVAILABLE', retryAfterSeconds: 1 })
  await commit(0)
  await until(() => expect(sizes()).toEqual([1, 1, 100]))
  waiting.push(queue.place(request('one more')))
  for (let batch = 1; batch < 23; batch++) await commit(batch)
  expect(await Promise.all(waiting)).toHaveLength(2_003)
})

test('draining waits for every order that was taken, and an idle queue is drained at once', async () => {
  const { queue, commit } = heldQueue()
  await queue.drain()
  const settled: string[] = []
  const { answers } = await placeAll(queue, requests(3))
  for (const answer of answers) void answer.then(({ answer }) => settled.push(answer.memberId))
  const drained = queue.drain().then(() => settled.push('drained'))
  await commit(0)
  await commit(1)
  await sleep(20)
  expect(settled).toEqual(['member-0', 'member-1'])
  await commit(2)
  await drained
  expect(settled).toEqual(['member-0', 'member-1', 'member-2', 'drained'])
  await queue.drain()
})

test('a queue whose every order failed is drained too', async () => {
  const queue = new OrderQueue(() => Promise.reject(new Error('poison')))
  const answers = Promise.allSettled(requests(5).map((request) => queue.place(request)))
  await queue.drain()
  expect((await answers).map((answer) => answer.status)).toEqual(Array(5).fill('rejected'))
})
