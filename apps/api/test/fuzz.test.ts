import { procedures } from '@jumun/contract'
import { addToCart, clearCart, createProducts } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test, vi } from 'vitest'
import { canCarry, type FuzzCall, fuzz, roles } from '../test-support/fuzz/fuzz-call.ts'
import { nearValidInputs } from '../test-support/fuzz/near-valid-inputs.ts'
import { validInputs } from '../test-support/fuzz/valid-inputs.ts'
import { procedureNames } from '../test-support/procedure-table.ts'
import { transports } from '../test-support/transports.ts'
import { newMember, newOrder } from '../test-support/world.ts'

/** How many inputs each procedure gets, and what they are drawn from: `npm run fuzz -- --inputs 10000 --seed 1`. */
const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 500)
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31)
const ONLY = process.env['FUZZ_ONLY']?.split(',') ?? procedureNames

const AT_ONCE = 10
const PRODUCTS = 50
const ORDERS = 20

/** A busy machine must not fail it; and one that fails says so before it is out of time, however far it has shrunk. */
const TIME_LIMIT_MS = 120_000 + INPUTS * 100
vi.setConfig({ testTimeout: TIME_LIMIT_MS + 30_000 })

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const world: { members: string[]; products: number[]; orders: string[] } = { members: [], products: [], orders: [] }

beforeAll(async () => {
  world.members = [await newMember(api, 1_000_000_000), await newMember(api, 100)]
})

// What one procedure took away, the next one has again.
beforeEach(async () => {
  const { em } = api.services
  const [memberId = ''] = world.members
  const products = Array(PRODUCTS).fill({ name: 'Tea', price: 1_000, stock: 1_000_000 })
  world.products = (await createProducts(em, products)).ids
  const [productId = 0] = world.products
  world.orders = []
  for (let index = 0; index < ORDERS; index++) {
    world.orders.push((await newOrder(api, { memberId, productId, payment: 'later' })).id)
  }
  // What the last one put in may be as much as a cart holds.
  await clearCart(em, memberId)
  await addToCart(em, { memberId, productId, quantity: 1 })
})

/** A new one each time: a long run outlives them. */
function tokenOf(role: FuzzCall['role']): Promise<string> | undefined {
  if (role === 'nobody') return undefined
  return role === 'admin' ? api.token('operator', 'admin') : api.token(world.members[0] ?? '')
}

/** Drawn by their place, so that a seed draws the same ones again. */
const memberId = fc.nat(1).map((index) => world.members[index])
const productId = fc.nat(PRODUCTS - 1).map((index) => world.products[index])
const orderId = fc.nat(ORDERS - 1).map((index) => world.orders[index])
const cursor = fc.oneof(productId, orderId).map((id) => Buffer.from(JSON.stringify(id)).toString('base64url'))
const known = { memberId, productId, orderId, cursor }

test.each(procedureNames.filter((name) => ONLY.includes(name)))(
  '%s answers whatever it is sent, validly or with a typed problem',
  async (name) => {
    onTestFailed(() => {
      process.stderr.write(`To see it again: npm run fuzz -- --inputs ${INPUTS} --seed ${SEED} --only ${name}\n`)
    })
    const valid = validInputs(procedures[name].input, known)
    const role = fc.constantFrom('admin' as const, 'admin' as const, 'admin' as const, ...roles)
    const input = fc.oneof(valid, nearValidInputs(valid))
    // What a transport cannot carry is drawn again, so that as many are sent as are asked for.
    const calls = fc.record({ via: fc.constantFrom(...transports), role, input }).filter((one) => canCarry(name, one))
    const property = fc.asyncProperty(fc.array(calls, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (drawn) => {
      const faults = await Promise.all(drawn.map(send))
      expect(faults.flat()).toEqual([])
      expect(api.log.splice(0).filter(({ level }) => level >= 50)).toEqual([])
    })

    const outcomes = new Set<string>()
    async function send(one: FuzzCall): Promise<string[]> {
      const { outcome, faults } = await fuzz({ url: api.url, name, token: await tokenOf(one.role) }, one)
      outcomes.add(outcome)
      return faults
    }
    await fc.assert(property, {
      seed: SEED,
      numRuns: Math.ceil(INPUTS / AT_ONCE),
      interruptAfterTimeLimit: TIME_LIMIT_MS,
      markInterruptAsFailure: true,
    })
    expect([...outcomes]).toEqual(expect.arrayContaining(['ok', 'BAD_REQUEST']))
  },
)

afterAll(async () => {
  expect(await brokenInvariants(api.services.em)).toEqual({})
})
