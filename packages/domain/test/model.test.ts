import type { OrderView } from '@jumun/contract'
import { useShop } from '@jumun/test-kit/domain-shop'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { sized } from '@jumun/test-kit/long-tests'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { addToCart, removeFromCart, setInCart } from '../src/cart/change-cart.ts'
import { checkoutCart } from '../src/cart/checkout-cart.ts'
import { DomainError } from '../src/errors.ts'
import type { Outcome } from '../src/idempotency/idempotency.ts'
import { cancelOrder } from '../src/order/cancel-order.ts'
import { expireOrders } from '../src/order/expire-orders.ts'
import { payOrder } from '../src/order/pay-order.ts'
import { chargePoints, usePoints } from '../src/point/move-points.ts'
import { createProducts } from '../src/product/create-products.ts'
import { removeProduct, updateProduct } from '../src/product/write-products.ts'
import { type ModelOrder, type ModelOutcome, ModelShop } from '../test-support/model-shop.ts'
import { makeOverdue } from '../test-support/order-times.ts'

vi.setConfig({ testTimeout: scaleByLoad(180_000) })

const shop = useShop()

const RUNS = sized({ short: 30, long: 200 })
const COMMANDS = 30
const MEMBERS = 2
const PRODUCTS = 3

const member = fc.nat(MEMBERS - 1)
const product = fc.nat(PRODUCTS - 1)
const order = fc.nat(COMMANDS)
const key = fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { nil: undefined, freq: 2 })
const quantity = fc.oneof({ weight: 19, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.constant(600))
const items = fc.array(fc.record({ product, quantity: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 4 })

/** The commands of one kind, with their relative frequency. */
function command<Name extends string, Inputs extends object>(
  weight: number,
  name: Name,
  inputs: { [Input in keyof Inputs]: fc.Arbitrary<Inputs[Input]> },
) {
  return { weight, arbitrary: fc.record(inputs).map((values) => ({ do: name, ...values })) }
}

const payment = fc.constantFrom('now' as const, 'later' as const)
const commands = fc.oneof(
  command(5, 'charge', { member, amount: fc.integer({ min: 1, max: 10_000 }), key }),
  command(2, 'use', { member, amount: fc.integer({ min: 1, max: 3_000 }), key }),
  command(8, 'place', { member, items, payment, key }),
  command(5, 'pay', { order, key }),
  command(3, 'cancel', { order, key }),
  command(1, 'expire', { order }),
  command(2, 'restock', { product, delta: fc.integer({ min: -6, max: 6 }), key }),
  command(1, 'reprice', { product, price: fc.integer({ min: 1, max: 600 }) }),
  command(1, 'remove', { product }),
  command(5, 'add', { member, product, quantity, key }),
  command(1, 'set', { member, product, quantity }),
  command(1, 'remove from cart', { member, product }),
  command(4, 'checkout', { member, key }),
)
type Command = typeof commands extends fc.Arbitrary<infer Value> ? Value : never

let fixtures = 0

/** The shop and its model, with members and products of this run only. */
class Fixture {
  readonly model = new ModelShop()
  readonly #prefix = `run-${++fixtures}`
  readonly #products: number[] = []

  async open(): Promise<void> {
    const goods = Array.from({ length: PRODUCTS }, (_, index) => ({ name: 'tea', price: 10 ** (index + 1), stock: 12 }))
    this.#products.push(...(await createProducts(shop.em, goods)).ids)
    for (const [index, id] of this.#products.entries()) {
      const { price = 0, stock = 0 } = goods[index] ?? {}
      this.model.products.set(id, { price, stock, isForSale: true })
    }
    for (let index = 0; index < MEMBERS; index++) {
      await chargePoints(shop.em, { memberId: this.memberId(index), amount: 3_000 })
      this.model.charge(this.memberId(index), 3_000)
    }
  }

  memberId(index: number): string {
    return `${this.#prefix}-member-${index}`
  }

  productId(index: number): number {
    return this.#products[index] ?? 0
  }

  order(index: number): ModelOrder | undefined {
    return this.model.orders[index % Math.max(1, this.model.orders.length)]
  }
}

/** Runs a command on the shop and on the model, and returns both results. */
async function runBoth(
  fixture: Fixture,
  command: Command,
): Promise<[real: ModelOutcome, model: ModelOutcome] | undefined> {
  const { em } = shop
  const { model } = fixture
  switch (command.do) {
    case 'charge':
    case 'use': {
      const [memberId, { amount, key: idempotencyKey }] = [fixture.memberId(command.member), command]
      const move = command.do === 'charge' ? chargePoints : usePoints
      const real = await outcomeOf(move(em, { memberId, amount, idempotencyKey }), ({ balance }) => balance)
      return [real, model[command.do](memberId, amount, idempotencyKey)]
    }
    case 'place': {
      const [memberId, { payment, key: idempotencyKey }] = [fixture.memberId(command.member), command]
      const items = command.items.map(({ product, quantity }) => ({ productId: fixture.productId(product), quantity }))
      const real = await outcomeOf(shop.place({ memberId, items, payment, idempotencyKey }), viewOf)
      return [real, model.place(memberId, items, payment, idempotencyKey)]
    }
    case 'checkout': {
      const [memberId, idempotencyKey] = [fixture.memberId(command.member), command.key]
      const real = await outcomeOf(checkoutCart(em, { memberId, idempotencyKey }), viewOf)
      return [real, model.checkout(memberId, idempotencyKey)]
    }
    case 'restock': {
      const [productId, stockDelta] = [fixture.productId(command.product), command.delta]
      const [actor, idempotencyKey] = [fixture.memberId(0), command.key]
      const update = updateProduct(em, { productId, stockDelta, actor, idempotencyKey })
      return [
        await outcomeOf(update, ({ stock }) => stock),
        model.restock(actor, productId, stockDelta, idempotencyKey),
      ]
    }
    case 'reprice': {
      const [productId, price] = [fixture.productId(command.product), command.price]
      const real = await outcomeOf(updateProduct(em, { productId, price }), ({ stock }) => stock)
      return [real, model.reprice(productId, price)]
    }
    case 'remove': {
      const productId = fixture.productId(command.product)
      return [await outcomeOf(withoutKey(removeProduct(em, productId)), () => undefined), model.remove(productId)]
    }
    case 'pay':
    case 'cancel':
    case 'expire':
      return endBoth(fixture, command)
    default:
      return changeCartInBoth(fixture, command)
  }
}

type EndCommand = Extract<Command, { do: 'pay' | 'cancel' | 'expire' }>

async function endBoth(fixture: Fixture, command: EndCommand): Promise<[ModelOutcome, ModelOutcome] | undefined> {
  const order = fixture.order(command.order)
  if (!order) return undefined
  const target = { orderId: order.id, mayAccess: () => true }
  if (command.do === 'pay') {
    const idempotencyKey = command.key
    const real = await outcomeOf(payOrder(shop.em, { ...target, idempotencyKey }), viewOf)
    return [real, fixture.model.pay(order, idempotencyKey)]
  }
  if (command.do === 'cancel') {
    const idempotencyKey = command.key
    const real = await outcomeOf(cancelOrder(shop.em, { ...target, idempotencyKey }), viewOf)
    return [real, fixture.model.cancel(order, idempotencyKey)]
  }
  await makeOverdue(shop, order.id)
  await expireOrders(shop.em)
  fixture.model.expire(order)
  return undefined
}

type CartCommand = Extract<Command, { do: 'add' | 'set' | 'remove from cart' }>

async function changeCartInBoth(fixture: Fixture, command: CartCommand): Promise<[ModelOutcome, ModelOutcome]> {
  const [memberId, productId] = [fixture.memberId(command.member), fixture.productId(command.product)]
  const toItems = (cart: { items: { productId: number; quantity: number }[] }) =>
    cart.items.map(({ productId, quantity }) => ({ productId, quantity }))
  if (command.do === 'remove from cart') {
    const real = await outcomeOf(withoutKey(removeFromCart(shop.em, memberId, productId)), toItems)
    return [real, fixture.model.removeFromCart(memberId, productId)]
  }
  const { quantity } = command
  if (command.do === 'add') {
    const item = { memberId, productId, quantity, idempotencyKey: command.key }
    const real = await outcomeOf(addToCart(shop.em, item), toItems)
    return [real, fixture.model.addToCart(memberId, productId, quantity, command.key)]
  }
  const real = await outcomeOf(withoutKey(setInCart(shop.em, { memberId, productId, quantity })), toItems)
  return [real, fixture.model.putInCart(memberId, productId, () => quantity)]
}

/** The outcome of a call without a key, which is never a replay. */
async function withoutKey<Answer>(call: Promise<Answer>): Promise<Outcome<Answer>> {
  return { answer: await call, replayed: false }
}

/** Converts the result or error of a call to the form of the model. */
async function outcomeOf<Answer>(
  call: Promise<Outcome<Answer>>,
  toModelForm: (answer: Answer) => unknown,
): Promise<ModelOutcome> {
  try {
    const { answer, replayed } = await call
    return { answer: toModelForm(answer), replayed }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    return error.code === 'BAD_REQUEST' ? { code: error.code } : { code: error.code, ...error.details }
  }
}

function viewOf({ id, memberId, status, items, total }: OrderView): ModelOrder {
  return {
    id,
    memberId,
    status,
    items: items.map(({ productId, quantity, unitPrice }) => ({ productId, quantity, unitPrice })),
    total,
  }
}

/** Copies the id of a new order from the shop to the model, which cannot predict it. */
function copyId(fixture: Fixture, [real, model]: [ModelOutcome, ModelOutcome]): void {
  const newOrder = fixture.model.orders.at(-1)
  if (newOrder?.id !== '' || 'code' in real || 'code' in model) return
  newOrder.id = Object(real['answer']).id
  Object(model['answer']).id = newOrder.id
}

async function compareStates({ model }: Fixture): Promise<void> {
  const balances = await shop.em.execute<{ member_id: string; balance: number }[]>(
    'select member_id, balance::float8 as balance from point_account where member_id = any(?) order by 1',
    [`{${[...model.balances.keys()]}}`],
  )
  expect(balances).toEqual([...model.balances].toSorted().map(([member_id, balance]) => ({ member_id, balance })))
  const stocks = await shop.em.execute<{ id: number; stock: number }[]>(
    'select product_id as id, quantity::float8 as stock from product_stock where product_id = any(?) order by 1',
    [`{${[...model.products.keys()]}}`],
  )
  expect(stocks).toEqual([...model.products].map(([id, { stock }]) => ({ id, stock })))
  const orders = await shop.em.execute<{ id: string; status: string }[]>(
    'select id, status from "order" where id = any(?) order by id',
    [`{${model.orders.map(({ id }) => id)}}`],
  )
  expect(orders).toEqual(model.orders.map(({ id, status }) => ({ id, status })))
}

test('the shop gives the same results and states as a model in memory for random sequences of commands', async () => {
  // Each command may be replaced by an exact copy of an earlier one, which is a retry when it has a key.
  const retry = fc.option(fc.nat(COMMANDS), { freq: 4 })
  const sequence = fc.array(fc.tuple(commands, retry), { minLength: COMMANDS / 2, maxLength: COMMANDS, size: 'max' })
  const property = fc.asyncProperty(sequence, async (steps) => {
    const fixture = new Fixture()
    await fixture.open()
    for (const [index, [next, retry]] of steps.entries()) {
      const command = retry === null ? next : (steps[retry % (index + 1)]?.[0] ?? next)
      const outcomes = await runBoth(fixture, command)
      if (outcomes) {
        copyId(fixture, outcomes)
        expect(outcomes[0]).toEqual(outcomes[1])
      }
      await compareStates(fixture)
    }
  })
  await fc.assert(property, { numRuns: RUNS })
  expect(await brokenInvariants(shop.em)).toEqual({})
})
