import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { OrderQueue } from '../../src/order/order-queue.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('order', 'call'), memberId: fc.constantFrom('mina', 'joon', 'sora') }),
  fc.record({ kind: fc.constant('wait'), ms: fc.constantFrom(100, 700, 1_500) }),
  fc.record({ kind: fc.constant('end'), index: fc.nat(9) }),
)

test('whatever waits and whatever ends, every order and call is answered, and draining ends', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  try {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), allAreAnswered), { numRuns: 1_000 })
  } finally {
    vi.useRealTimers()
  }
})

type Step = { kind: string; memberId?: string; ms?: number; index?: number }

async function allAreAnswered(steps: Step[]): Promise<void> {
  const inFlight: (() => void)[] = []
  const work = () => new Promise<void>((resolve) => inFlight.push(resolve))
  const queue = new OrderQueue(async (requests) => {
    await work()
    return requests.map(() => ({ answer: {} as never, replayed: false }))
  })
  const answers: Promise<unknown>[] = []
  for (const { kind, memberId = '', ms = 0, index = 0 } of steps) {
    if (kind === 'order')
      answers.push(queue.place({ memberId, items: [{ productId: 1, quantity: 1 }], payment: 'now' }))
    if (kind === 'call') answers.push(queue.run(memberId, work))
    for (const answer of answers) answer.catch(() => {})
    if (kind === 'wait') vi.advanceTimersByTime(ms)
    if (kind === 'end') inFlight.splice(index % Math.max(1, inFlight.length), 1)[0]?.()
    await nextTurn()
  }
  let drained = false
  const draining = queue.drain().then(() => {
    drained = true
  })
  // Time stands still here: what waits must start because something ends.
  for (let round = 0; round < 100 && !drained; round++) {
    for (const end of inFlight.splice(0)) end()
    await nextTurn()
  }
  expect(drained).toBe(true)
  await draining
  await Promise.allSettled(answers)
}
