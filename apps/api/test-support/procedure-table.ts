import type { procedures } from '../src/procedures/index.ts'

type Procedures = typeof procedures

/** `point.charge` and so on. */
export type ProcedureName = {
  [Group in keyof Procedures & string]: `${Group}.${keyof Procedures[Group] & string}`
}[keyof Procedures & string]

/** The member, product and order that the valid input of a procedure names. */
export interface Names {
  memberId: string
  productId: number
  orderId: string
}

/** A procedure in the public contract. Nothing here is derived from the code under test. */
export interface ProcedureEntry {
  type: 'query' | 'mutation'
  /** Method and path of the REST route, with `{name}` for the inputs that stand in the path. */
  rest: `${'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'} /api/${string}`
  /** `member`: the member in the input, and admins. `owner`: the member of the order, and admins. `self-charge`: by a setting. */
  who: 'anyone' | 'member' | 'owner' | 'admin' | 'self-charge'
  /** Whether it takes an idempotency key, which over REST is a header. */
  keyed?: true
  /** Status of a success over REST, if it is not 200. */
  status?: 201
  input(names: Names): Record<string, unknown>
}

const item = ({ memberId, productId }: Names) => ({ memberId, productId, quantity: 2 })
const move = ({ memberId }: Names) => ({ memberId, amount: 1_000 })
const member = ({ memberId }: Names) => ({ memberId })
const order = ({ orderId }: Names) => ({ orderId })
const product = ({ productId }: Names) => ({ productId })

/** Every procedure. A test compares it with the router, so that a new procedure cannot go without its entry. */
export const procedureTable: Record<ProcedureName, ProcedureEntry> = {
  'point.charge': { type: 'mutation', rest: 'PATCH /api/point/charge', who: 'self-charge', keyed: true, input: move },
  'point.use': { type: 'mutation', rest: 'PATCH /api/point/use', who: 'member', keyed: true, input: move },
  'point.balance': { type: 'query', rest: 'GET /api/point/{memberId}', who: 'member', input: member },
  'point.history': { type: 'query', rest: 'GET /api/point/{memberId}/history', who: 'member', input: member },
  'product.list': { type: 'query', rest: 'GET /api/product', who: 'anyone', input: () => ({}) },
  'product.byId': { type: 'query', rest: 'GET /api/product/{productId}', who: 'anyone', input: product },
  'product.create': {
    type: 'mutation',
    rest: 'POST /api/product',
    who: 'admin',
    status: 201,
    input: () => ({ items: [{ name: 'Barley tea · 보리차', price: 3_900, stock: 7 }] }),
  },
  'product.update': {
    type: 'mutation',
    rest: 'PATCH /api/product/{productId}',
    who: 'admin',
    input: ({ productId }) => ({ productId, stockDelta: 5 }),
  },
  'product.remove': { type: 'mutation', rest: 'DELETE /api/product/{productId}', who: 'admin', input: product },
  'order.place': {
    type: 'mutation',
    rest: 'POST /api/order',
    who: 'member',
    keyed: true,
    status: 201,
    input: ({ memberId, productId }) => ({ memberId, items: [{ productId, quantity: 2 }] }),
  },
  'order.cancel': { type: 'mutation', rest: 'POST /api/order/{orderId}/cancel', who: 'owner', input: order },
  'order.byId': { type: 'query', rest: 'GET /api/order/{orderId}', who: 'owner', input: order },
  'order.list': { type: 'query', rest: 'GET /api/order', who: 'member', input: member },
  'payment.pay': { type: 'mutation', rest: 'POST /api/pay', who: 'owner', keyed: true, input: order },
  'popular.products': { type: 'query', rest: 'GET /api/popular/product', who: 'anyone', input: () => ({}) },
  'cart.get': { type: 'query', rest: 'GET /api/cart', who: 'member', input: member },
  'cart.addItem': { type: 'mutation', rest: 'POST /api/cart', who: 'member', input: item },
  'cart.setItem': { type: 'mutation', rest: 'PUT /api/cart', who: 'member', input: item },
  'cart.removeItem': {
    type: 'mutation',
    rest: 'DELETE /api/cart/{productId}',
    who: 'member',
    input: ({ memberId, productId }) => ({ memberId, productId }),
  },
  'cart.clear': { type: 'mutation', rest: 'DELETE /api/cart', who: 'member', input: member },
  'cart.checkout': {
    type: 'mutation',
    rest: 'POST /api/cart/checkout',
    who: 'member',
    keyed: true,
    status: 201,
    input: member,
  },
  'admin.audit': { type: 'query', rest: 'GET /api/admin/audit', who: 'admin', input: () => ({}) },
  'admin.reconcile': {
    type: 'mutation',
    rest: 'POST /api/admin/reconcile',
    who: 'admin',
    input: () => ({}),
  },
  'outbox.list': { type: 'query', rest: 'GET /api/admin/outbox', who: 'admin', input: () => ({}) },
  'outbox.replay': {
    type: 'mutation',
    rest: 'POST /api/admin/outbox/replay',
    who: 'admin',
    input: ({ orderId }) => ({ ids: [orderId] }),
  },
}

export const procedureNames = Object.keys(procedureTable) as ProcedureName[]
