import { JumunError, type JumunErrorCode } from '@jumun/client'
import { expect, test } from 'vitest'
import { OrderFlow, type OrderFlowContext, type OrderState } from '../../src/shop/order/order-flow.ts'
import { type OrderDraft, orderStorage, type StoredOrder } from '../../src/shop/order/stored-order.ts'

const draft: OrderDraft = {
  memberId: 'mina',
  lines: [{ productId: 1, name: 'Hallabong tea', price: 12_900, quantity: 2 }],
  payment: 'now',
  cartProducts: [1],
  seenAt: 1_000,
}

const HOUR = 3_600_000

/** A browser: what its tabs share, and what the shop answers. */
function aBrowser(answer: (order: StoredOrder, attempt: number) => Promise<{ id: string }> | { id: string }) {
  const texts = new Map<string, string>()
  const storage = orderStorage({
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, value) => void texts.set(key, value),
    removeItem: (key) => void texts.delete(key),
  })
  const browser = {
    member: 'mina' as string | null,
    isReachable: true,
    now: 2_000,
    sent: [] as StoredOrder[],
    waits: [] as number[],
    /** How often what is shown was read again. */
    finished: 0,
  }
  let lock: Promise<void> = Promise.resolve()
  let keys = 0
  const context: Omit<OrderFlowContext, 'tab'> = {
    storage,
    async currentMember() {
      if (!browser.isReachable) throw new Error('Failed to fetch')
      return browser.member
    },
    async send(order) {
      expect(storage.unfinished(order.memberId), 'the order is stored before it is sent').toEqual(order)
      browser.sent.push(order)
      return answer(order, browser.sent.length)
    },
    afterPlaced: async () => {},
    afterFinished: () => void browser.finished++,
    exclusively: (work) => {
      lock = lock.then(work)
      return lock
    },
    async wait(ms) {
      browser.waits.push(ms)
      browser.now += ms
      browser.isReachable = true
    },
    now: () => browser.now,
    newKey: () => `key-${++keys}`,
  }
  /** A page; of a tab that was there before where it has that tab's memory. */
  const tab = (memory: { key: string | null } = { key: null }) => {
    const flow = new OrderFlow({
      ...context,
      tab: { key: () => memory.key, keep: (key) => void Object.assign(memory, { key }) },
    })
    const states: OrderState[] = []
    flow.subscribe(() => states.push(flow.state()))
    return { flow, states, memory }
  }
  return { ...context, browser, tab, keysSent: () => browser.sent.map(({ key }) => key) }
}

const problem = (code: JumunErrorCode, details: object = {}) =>
  new JumunError({ code, message: code, details: details as never })

test('a double click sends one order', async () => {
  const { tab, keysSent, storage } = aBrowser(() => ({ id: 'order-1' }))
  const { flow } = tab()
  await Promise.all([flow.start(draft), flow.start(draft)])
  expect(flow.state()).toMatchObject({ step: 'placed', orderId: 'order-1' })
  expect(keysSent()).toEqual(['key-1'])
  expect(storage.unfinished('mina')).toBeUndefined()
})

test('while nothing is known it asks again with the same key, and starts no other order', async () => {
  const { tab, browser, keysSent } = aBrowser((_order, attempt) => {
    if (attempt === 1) throw problem('UNREACHABLE')
    if (attempt === 2) throw problem('UNAVAILABLE', { retryAfterSeconds: 7 })
    if (attempt === 3) throw problem('INTERNAL')
    return { id: 'order-1' }
  })
  const { flow, states } = tab()
  const placed = flow.start(draft)
  void flow.start({ ...draft, lines: [] })
  await placed
  expect(keysSent()).toEqual(['key-1', 'key-1', 'key-1', 'key-1'])
  expect(browser.waits).toEqual([2_000, 7_000, 8_000])
  expect(states.filter((state) => state.step === 'placing').map(({ isUnknown }) => isUnknown)).toContain(true)
  expect(flow.state()).toMatchObject({ step: 'placed', orderId: 'order-1' })
})

test('an order that was never sent is not unknown, and goes out later', async () => {
  const { tab, browser, keysSent } = aBrowser(() => ({ id: 'order-1' }))
  browser.isReachable = false
  const { flow, states } = tab()
  await flow.start(draft)
  expect(states.some((state) => state.step === 'placing' && state.isUnknown)).toBe(false)
  expect(keysSent()).toEqual(['key-1'])
})

test('an order that may have been placed cannot be dismissed', async () => {
  const { tab } = aBrowser(() => new Promise(() => {}))
  const { flow } = tab()
  void flow.start(draft)
  flow.dismiss()
  expect(flow.state().step).toBe('placing')
})

test('what was read is read again, though the member has left the order before its end', async () => {
  const { tab, browser } = aBrowser(() => ({ id: 'order-1' }))
  const { flow } = tab()
  flow.subscribe(() => flow.state().step === 'placed' && flow.dismiss())
  await flow.start(draft)
  expect(flow.state()).toEqual({ step: 'idle' })
  expect(browser.finished).toBe(1)
})

test('a page that loads goes on with the unfinished order, with the same key', async () => {
  const { tab, keysSent, storage } = aBrowser((_order, attempt) =>
    attempt === 1 ? new Promise(() => {}) : { id: 'order-1' },
  )
  storage.begin({ ...draft, key: 'stored', expectedTotal: 25_800, startedAt: 1_500 })
  void tab().flow.resume('mina')
  expect(keysSent()).toEqual([])
  // The first page is gone, and its lock with it.
  const next = aBrowser(() => ({ id: 'order-1' }))
  next.storage.begin({ ...draft, key: 'stored', expectedTotal: 25_800, startedAt: 1_500 })
  const { flow, states } = next.tab()
  await flow.resume('mina')
  expect(next.keysSent()).toEqual(['stored'])
  expect(states[0]).toMatchObject({ step: 'placing', isUnknown: true })
  expect(flow.state()).toMatchObject({ step: 'placed', orderId: 'order-1' })
})

test('a click while another tab has an unfinished order finishes that one, and orders nothing new', async () => {
  const { tab, keysSent, storage } = aBrowser(() => ({ id: 'order-1' }))
  storage.begin({ ...draft, key: 'stored', expectedTotal: 25_800, startedAt: 1_500 })
  await tab().flow.start({ ...draft, lines: [] })
  expect(keysSent()).toEqual(['stored'])
})

test('two tabs place one order: the second waits, and shows what came of the first', async () => {
  let reply = (_order: { id: string }) => {}
  const { tab, keysSent } = aBrowser(() => new Promise((resolve) => (reply = resolve)))
  const [first, second] = [tab(), tab()]
  const placed = first.flow.start(draft)
  await expect.poll(() => keysSent()).toEqual(['key-1'])
  const resumed = second.flow.resume('mina')
  const clicked = tab()
  const ordered = clicked.flow.start(draft)
  reply({ id: 'order-1' })
  await Promise.all([placed, resumed, ordered])
  expect(keysSent()).toEqual(['key-1'])
  expect(second.flow.state()).toMatchObject({ step: 'placed', orderId: 'order-1' })
  expect(clicked.flow.state()).toEqual({ step: 'ordered-elsewhere', orderId: 'order-1' })
})

test('a reloaded page shows its order where another tab finished it meanwhile', async () => {
  const { tab, keysSent, storage, now } = aBrowser(() => new Promise(() => {}))
  const { flow, memory } = tab()
  void flow.start(draft)
  await expect.poll(() => keysSent()).toEqual(['key-1'])
  storage.finish(storage.unfinished('mina') as StoredOrder, 'order-1', now())
  const reloaded = tab(memory)
  await reloaded.flow.resume('mina')
  expect(reloaded.flow.state()).toEqual({ step: 'placed', orderId: 'order-1' })
  // Once: later pages of this tab may order.
  const later = tab(memory)
  await later.flow.resume('mina')
  expect(later.flow.state()).toEqual({ step: 'idle' })
})

test('a refusal removes the stored order, and another tab does not send it again', async () => {
  const { tab, keysSent, storage } = aBrowser(() => {
    throw problem('OUT_OF_STOCK', { shortages: [] })
  })
  const [first, second] = [tab(), tab()]
  const refused = first.flow.start(draft)
  await expect.poll(() => storage.unfinished('mina')).toBeDefined()
  await Promise.all([refused, second.flow.resume('mina')])
  expect(first.flow.state()).toMatchObject({ step: 'refused', refusal: { code: 'OUT_OF_STOCK' } })
  expect(second.flow.state().step).toBe('idle')
  expect(storage.unfinished('mina')).toBeUndefined()
  await first.flow.start(draft)
  expect(keysSent()).toEqual(['key-1', 'key-2'])
})

test('an order is sent by its own member only, and waits for that member', async () => {
  const { tab, browser, keysSent, storage } = aBrowser(() => ({ id: 'order-1' }))
  storage.begin({ ...draft, key: 'stored', expectedTotal: 25_800, startedAt: 1_500 })
  browser.member = 'jun'
  const { flow } = tab()
  await flow.resume('jun')
  expect(flow.state().step).toBe('idle')
  await flow.resume('mina')
  expect(flow.state()).toMatchObject({ step: 'not-signed-in' })
  expect(keysSent()).toEqual([])
  browser.member = 'mina'
  await flow.resume('mina')
  expect(keysSent()).toEqual(['stored'])
})

test('a session that ended in the middle keeps the order', async () => {
  const { tab, storage } = aBrowser(() => {
    throw problem('UNAUTHENTICATED')
  })
  const { flow } = tab()
  await flow.start(draft)
  expect(flow.state().step).toBe('not-signed-in')
  expect(storage.unfinished('mina')).toMatchObject({ key: 'key-1' })
})

test('an order is not asked for again when its key may be forgotten', async () => {
  const { tab, browser, keysSent, storage } = aBrowser(() => ({ id: 'order-1' }))
  storage.begin({ ...draft, key: 'stored', expectedTotal: 25_800, startedAt: 1_500 })
  browser.now = 24 * HOUR
  const { flow } = tab()
  await flow.resume('mina')
  expect(flow.state().step).toBe('too-old')
  expect(keysSent()).toEqual([])
  flow.dismiss()
  expect(storage.unfinished('mina')).toBeUndefined()
})
