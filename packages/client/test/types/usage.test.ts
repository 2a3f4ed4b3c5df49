import { expectTypeOf, test } from 'vitest'
import {
  type Cart,
  type Changes,
  type ChangesState,
  createJumunClient,
  isJumunError,
  type JumunClient,
  type JumunError,
  type JumunErrorCode,
  type JumunInputs,
  type JumunOutputs,
  type Order,
  type OrderStatus,
  type Page,
  type PointEntry,
  type PopularProduct,
  type Product,
  type ProductUpdated,
  type Shortage,
  type Token,
} from '../../src/index.ts'

// Code of users. A failure is a compile error; no call is sent.

const jumun: JumunClient = createJumunClient({ url: 'http://jumun.test' })
const error: unknown = new Error('any')

test('placing an order returns an Order with all of its fields', () => {
  const place = () => jumun.order.place.mutate({ memberId: 'mina', items: [{ productId: 1, quantity: 2 }] })
  expectTypeOf(place).returns.resolves.toEqualTypeOf<Order>()
  expectTypeOf<Order['status']>().toEqualTypeOf<'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'EXPIRED'>()
  expectTypeOf<Order['items'][number]['unitPrice']>().toEqualTypeOf<number>()
  expectTypeOf<Order['paidAt']>().toEqualTypeOf<string | null>()
})

test('calls return products, pages and carts', () => {
  expectTypeOf(jumun.product.byId.query).returns.resolves.toEqualTypeOf<Product>()
  expectTypeOf(jumun.order.list.query).returns.resolves.toEqualTypeOf<Page<Order>>()
  expectTypeOf(jumun.cart.addItem.mutate).returns.resolves.toEqualTypeOf<Cart>()
  expectTypeOf<JumunOutputs['popular']['products']['items']>().toEqualTypeOf<PopularProduct[]>()
})

test('optional fields may be missing or undefined', () => {
  expectTypeOf<{ memberId: string; amount: number }>().toExtend<JumunInputs['point']['charge']>()
  expectTypeOf<{ memberId: string; amount: number; idempotencyKey: undefined }>().toExtend<
    JumunInputs['point']['charge']
  >()
  expectTypeOf<Record<never, never>>().toExtend<JumunInputs['product']['list']>()
})

test('mistakes do not compile', () => {
  const wrong = () => {
    // @ts-expect-error: memberId is missing
    jumun.point.charge.mutate({ amount: 1 })
    // @ts-expect-error: an amount is a number
    jumun.point.charge.mutate({ memberId: 'mina', amount: '1' })
    // @ts-expect-error: coupon is an unknown field
    jumun.order.place.mutate({ memberId: 'mina', items: [], coupon: 'x' })
    // @ts-expect-error: payment is now or later
    jumun.order.place.mutate({ memberId: 'mina', items: [], payment: 'never' })
    // @ts-expect-error: placing an order is a mutation
    jumun.order.place.query({ memberId: 'mina', items: [] })
    // @ts-expect-error: the procedure does not exist
    jumun.order.refund.mutate({ orderId: '' })
    // @ts-expect-error: the code does not exist
    isJumunError(error, 'OUT_OF_TEA')
  }
  expectTypeOf(wrong).toBeFunction()
})

test('an error narrows to the details of its code', () => {
  if (isJumunError(error, 'OUT_OF_STOCK')) {
    expectTypeOf(error).toEqualTypeOf<JumunError<'OUT_OF_STOCK'>>()
    expectTypeOf(error.details.shortages).toEqualTypeOf<Shortage[]>()
    // @ts-expect-error: balance is a detail of another code
    error.details.balance
  }
  if (isJumunError(error, 'INSUFFICIENT_POINTS')) expectTypeOf(error.details.required).toEqualTypeOf<number>()
  if (isJumunError(error, 'ORDER_NOT_PAYABLE', 'ORDER_NOT_CANCELLABLE')) {
    expectTypeOf(error.details.orderStatus).toEqualTypeOf<OrderStatus>()
  }
  if (isJumunError(error, 'UNREACHABLE')) {
    expectTypeOf(error.details.retryAfterSeconds).toEqualTypeOf<number | undefined>()
  }
})

test('a switch over the code narrows, and its default has the remaining codes', () => {
  if (!isJumunError(error)) return
  expectTypeOf(error.code).toEqualTypeOf<JumunErrorCode>()
  expectTypeOf(error.idempotencyKey).toEqualTypeOf<string | undefined>()
  switch (error.code) {
    case 'BAD_REQUEST':
      expectTypeOf(error.details.issues).toEqualTypeOf<{ path: (string | number)[]; message: string }[]>()
      break
    case 'UNAVAILABLE':
      expectTypeOf(error.details.retryAfterSeconds).toEqualTypeOf<number>()
      break
    default:
      expectTypeOf(error.code).toEqualTypeOf<Exclude<JumunErrorCode, 'BAD_REQUEST' | 'UNAVAILABLE'>>()
  }
})

test('lists yield values', () => {
  const loops = async (signal: AbortSignal) => {
    for await (const order of jumun.orders({ memberId: 'mina' })) expectTypeOf(order).toEqualTypeOf<Order>()
    for await (const product of jumun.products()) expectTypeOf(product).toEqualTypeOf<Product>()
    for await (const product of jumun.products({ search: 'tea' }, { pageSize: 50, signal })) {
      expectTypeOf(product.stock).toEqualTypeOf<number>()
    }
    for await (const entry of jumun.pointHistory({ memberId: 'mina' })) expectTypeOf(entry).toEqualTypeOf<PointEntry>()
    // @ts-expect-error: memberId is missing
    jumun.orders({})
    // @ts-expect-error: the loop sets the cursor
    jumun.orders({ memberId: 'mina', cursor: 'x' })
  }
  expectTypeOf(loops).returns.resolves.toBeVoid()
})

test('changes narrow by their type', () => {
  const loop = async (changes: Changes) => {
    for await (const change of changes) {
      expectTypeOf(change.cursor).toEqualTypeOf<string>()
      if (change.type === 'reset') continue
      expectTypeOf(change.actor).toEqualTypeOf<string | null>()
      if (change.type === 'order.paid') expectTypeOf(change.data.order).toEqualTypeOf<Order>()
      if (change.type === 'product.updated') expectTypeOf(change.data).toEqualTypeOf<ProductUpdated['data']>()
      if (change.type === 'stock.changed') expectTypeOf(change.data.quantity).toEqualTypeOf<number>()
    }
    expectTypeOf(changes.cursor).toEqualTypeOf<string | undefined>()
    // @ts-expect-error: topics are a list
    jumun.changes({ topics: 'products' })
  }
  const onState = (state: ChangesState) => (state.state === 'waiting' ? state.error.code : state.by)
  expectTypeOf(jumun.changes).toBeCallableWith({ after: 'c', topics: ['products'], signal: undefined, onState })
  expectTypeOf(loop).returns.resolves.toBeVoid()
})

test('a token is a string or a function that may read the refused token', () => {
  expectTypeOf<string>().toExtend<Token>()
  expectTypeOf<() => string>().toExtend<Token>()
  expectTypeOf<() => Promise<string>>().toExtend<Token>()
  expectTypeOf<(request: { refused: string | undefined }) => Promise<string>>().toExtend<Token>()
  expectTypeOf<() => number>().not.toExtend<Token>()
})

test('a client needs an address only', () => {
  expectTypeOf(createJumunClient).toBeCallableWith({ url: 'http://127.0.0.1:3000' })
  expectTypeOf(createJumunClient).toBeCallableWith({ url: new URL('http://127.0.0.1:3000'), token: undefined })
  expectTypeOf(createJumunClient).returns.toEqualTypeOf<JumunClient>()
})
