import { procedures } from '@jumun/contract'
import { addToCart, clearCart, createProducts, replayEvents } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { sized } from '@jumun/test-kit/long-tests'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test, vi } from 'vitest'
import { procedureNames } from '../test-support/example-input.ts'
import { newMember, newOrder } from '../test-support/fixtures.ts'
import { canCarry, type FuzzCall, fuzz, roles } from '../test-support/fuzz/fuzz-call.ts'
import { mutatedInputs } from '../test-support/fuzz/mutated-inputs.ts'
import { inAnyCase, inAnyForm } from '../test-support/fuzz/spellings.ts'
import { validInputs } from '../test-support/fuzz/valid-inputs.ts'
import { transports } from '../test-support/transports.ts'

/** Inputs for each procedure, and the seed that generates them: `npm run fuzz -- --inputs 10000 --seed 1`. */
const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? sized({ short: 100, long: 1_000 }))
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const ONLY = process.env['FUZZ_ONLY']?.split(',') ?? procedureNames

const CONCURRENCY = 10
const PRODUCTS = 50
const ORDERS = 20
const DEAD_LETTERS = 20

/** Shorter than the timeout of the test, so that a failure is reported even when shrinking is not finished. */
const TIME_LIMIT_MS = scaleByLoad(120_000 + INPUTS * 100)
vi.setConfig({ testTimeout: TIME_LIMIT_MS + 30_000 })

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const rows: Record<'members' | 'orders' | 'deadLetters', string[]> & { products: number[] } = {
  members: [],
  products: [],
  orders: [],
  deadLetters: [],
}

/** Names and keys of products, each of which has several spellings. */
const texts = ['한라봉 차', 'Crème brûlée', '각설탕']

beforeAll(async () => {
  const { em } = api.services
  rows.members = [await newMember(api, 1_000_000_000), await newMember(api, 100)]
  const [memberId = ''] = rows.members
  const keyed = texts.map((text) => ({ name: text, key: text, price: 1_000, stock: 1_000_000 }))
  const [productId = 0] = (await createProducts(em, keyed)).ids
  for (let index = 0; index < DEAD_LETTERS; index++) await newOrder(api, { memberId, productId })
  // Replays are wanted, not deliveries.
  const dead = await em.execute<{ id: string }[]>(
    `insert into undelivered_event (id, event, order_id, version, attempts, reason, due_at)
      select gen_random_uuid(), event, (event->'data'->'order'->>'id')::uuid, 1, 20, 'No.', null
        from change cross join lateral json_array_elements(events) event where event->>'type' = 'order.paid' returning id`,
    [],
    'all',
  )
  rows.deadLetters = dead.map(({ id }) => id)
})

// Restores what the previous procedure used up.
beforeEach(async () => {
  const { em } = api.services
  const [memberId = ''] = rows.members
  const products = Array(PRODUCTS).fill({ name: texts[0], price: 1_000, stock: 1_000_000 })
  rows.products = (await createProducts(em, products)).ids
  const [productId = 0] = rows.products
  rows.orders = []
  for (let index = 0; index < ORDERS; index++) {
    rows.orders.push((await newOrder(api, { memberId, productId, payment: 'later' })).id)
  }
  // The previous procedure may have filled the cart.
  await clearCart(em, memberId)
  await addToCart(em, { memberId, productId, quantity: 1 })
})

/** A new token for each call, because a long run lasts longer than a token is valid. */
function tokenOf(role: FuzzCall['role']): Promise<string> | undefined {
  if (role === 'nobody') return undefined
  return role === 'admin' ? api.token('operator', 'admin') : api.token(rows.members[0] ?? '')
}

/** Generated as indexes, so that a seed generates the same calls again although the ids differ. */
const memberId = fc.nat(1).map((index) => rows.members[index])
const productId = fc.nat(PRODUCTS - 1).map((index) => rows.products[index])
const orderId = inAnyCase(fc.nat(ORDERS - 1).map((index) => rows.orders[index] ?? ''))
const deadLetter = inAnyCase(fc.nat(DEAD_LETTERS - 1).map((index) => rows.deadLetters[index] ?? ''))
const ids = fc.array(deadLetter, { minLength: 1, maxLength: 3 })
const cursor = fc.oneof(productId, orderId).map((id) => Buffer.from(JSON.stringify(id)).toString('base64url'))
const feedCursor = fc.constant('1.1.1.0.0')
const text = inAnyForm(fc.constantFrom(...texts))
const existing = {
  eventId: deadLetter,
  memberId,
  productId,
  orderId,
  ids,
  cursor,
  name: text,
  key: text,
  // As the products were made, since an update with another expectation is refused.
  expectedName: fc.constant(texts[0]),
  expectedPrice: fc.constant(1_000),
  expectedStock: fc.constant(1_000_000),
  search: text,
  wait: fc.constant(0),
  after: feedCursor,
}

test.each(procedureNames.filter((name) => ONLY.includes(name)))(
  '%s answers any input with a valid answer or a typed problem',
  async (name) => {
    onTestFailed(() => {
      process.stderr.write(`To reproduce: npm run fuzz -- --inputs ${INPUTS} --seed ${SEED} --only ${name}\n`)
    })
    const valid = validInputs(procedures[name].input, existing)
    const role = fc.constantFrom('admin' as const, 'admin' as const, 'admin' as const, ...roles)
    const input = fc.oneof(valid, mutatedInputs(valid))
    // A call that its transport cannot carry is generated again, so that INPUTS calls are sent.
    const calls = fc.record({ via: fc.constantFrom(...transports), role, input }).filter((one) => canCarry(name, one))
    const property = fc.asyncProperty(
      fc.array(calls, { minLength: CONCURRENCY, maxLength: CONCURRENCY }),
      async (batch) => {
        const violations = await Promise.all(batch.map(send))
        expect(violations.flat()).toEqual([])
        expect(api.log.splice(0).filter(({ level }) => level >= 50)).toEqual([])
      },
    )

    const outcomes = new Set<string>()
    async function send(one: FuzzCall): Promise<string[]> {
      const { outcome, violations } = await fuzz({ url: api.url, name, token: await tokenOf(one.role) }, one)
      outcomes.add(outcome)
      return violations
    }
    await fc.assert(property, {
      seed: SEED,
      numRuns: Math.ceil(INPUTS / CONCURRENCY),
      interruptAfterTimeLimit: TIME_LIMIT_MS,
      markInterruptAsFailure: true,
    })
    expect([...outcomes]).toEqual(expect.arrayContaining(['ok', 'BAD_REQUEST']))
  },
)

afterAll(async () => {
  await replayEvents(api.services.em, { ids: rows.deadLetters })
  expect(await brokenInvariants(api.services.em)).toEqual({})
})
