/** Invalid values of a field: as JSON in a body, and as text in a URL or a header. */
interface InvalidValues {
  json: Record<string, string>
  text: Record<string, string>
}

export const quoted = (value: string) => JSON.stringify(value)
const named = (values: string[]) => Object.fromEntries(values.map((value) => [value || 'nothing', value]))

/** Invalid for every field: neither numbers nor strings, and objects that an ORM would read as operators. */
const NOT_A_VALUE = named(['null', 'true', 'NaN', '[]', '{}', '[1]', '{"$ne":null}', '{"$gt":0}', '{"$like":"%"}'])

const NOT_AN_INTEGER = { ...NOT_A_VALUE, ...named(['1.5', '1e308', '1e999', '-Infinity', '"1"', '""', '1n']) }
const NOT_A_STRING = { ...NOT_A_VALUE, ...named(['1', '1.5']) }

const UNSTORABLE = {
  'a NUL byte': String.raw`"a\u0000b"`,
  'a lone surrogate': String.raw`"\ud800"`,
  'a control character': String.raw`"a\u0007b"`,
  'a long string': quoted('x'.repeat(200_000)),
}

const INVALID_INTEGERS = [
  '',
  'abc',
  '1.5',
  '1e2',
  '1e308',
  '2147483648000000000',
  'NaN',
  '01',
  '+1',
  '0x1',
  '{"$gt":0}',
]

const integer = (outside: number[]): InvalidValues => ({
  json: { ...NOT_AN_INTEGER, ...named(outside.map(String)) },
  text: named([...INVALID_INTEGERS, ...outside.map(String)]),
})

const MEMBER_IDS = {
  '65 characters': 'm'.repeat(65),
  'a space': 'mi na',
  Korean: '민아',
  'a slash': 'mi/na',
  quotes: "mina'--",
}

const memberId: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    ...UNSTORABLE,
    'an empty string': '""',
    ...Object.fromEntries(Object.entries(MEMBER_IDS).map(([name, value]) => [name, quoted(value)])),
  },
  text: { ...MEMBER_IDS, 'a NUL byte': 'mi\0na', 'an operator': '{"$ne":null}', 'a line end': 'mina\n' },
}

const UUID = '019310a4-6f00-7000-8000-000000000001'
const ORDER_IDS = {
  'no UUID': 'order-1',
  'a UUID and more': `${UUID}0`,
  braces: `{${UUID}}`,
  quotes: `${UUID}' or 1=1`,
}

const orderId: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    ...UNSTORABLE,
    'an empty string': '""',
    ...Object.fromEntries(Object.entries(ORDER_IDS).map(([name, value]) => [name, quoted(value)])),
  },
  text: { ...ORDER_IDS, 'a NUL byte': `${UUID}\0`, 'an operator': '{"$ne":null}' },
}

const encoded = (json: string) => Buffer.from(json).toString('base64url')

const CURSORS = {
  garbage: 'garbage',
  'an operator': encoded('{"$gt":0}'),
  'a negative number': encoded('-1'),
  'a huge number': encoded('1e308'),
  'no JSON': encoded('not json'),
  'a text': encoded('"\u0000"'),
  'nothing encoded': encoded('null'),
  '201 characters': 'M'.repeat(201),
}

const cursor: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    ...UNSTORABLE,
    ...Object.fromEntries(Object.entries(CURSORS).map(([name, value]) => [name, quoted(value)])),
  },
  text: { ...CURSORS, nothing: '', 'a NUL byte': '\0' },
}

const TOPICS = {
  'an unknown topic': 'everything',
  'product 0': 'product:0',
  'a bad member id': 'member:a b',
  nothing: '',
}

const topics: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    'a text': '"products"',
    '101 of them': JSON.stringify(Array.from({ length: 101 }, (_, index) => `product:${index + 1}`)),
    ...Object.fromEntries(Object.entries(TOPICS).map(([name, value]) => [name, JSON.stringify([value])])),
  },
  text: TOPICS,
}

const TEXTS_OF_IDS = {
  nothing: '',
  '65 characters': 'm'.repeat(65),
  'a space': 'mi na',
  Korean: '민아',
  'a sign': 'mi%',
}

const idText: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    ...UNSTORABLE,
    ...Object.fromEntries(Object.entries(TEXTS_OF_IDS).map(([name, value]) => [name, quoted(value)])),
  },
  text: { ...TEXTS_OF_IDS, 'a NUL byte': 'mi\0na' },
}

const statuses: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    'a text': '"PAID"',
    'none of them': '[]',
    'five of them': '["PAID","PAID","PAID","PAID","PAID"]',
    'an unknown one': '["PAYED"]',
  },
  text: named(['', 'paid', 'PAID,PAYED', 'PAID,PAID,PAID,PAID,PAID']),
}

const TIMES = named(['', '2026-01-15', '2026-02-30T00:00:00Z', '2026-01-15T03:00:00+09:00', 'now', '1768446000000'])

const time: InvalidValues = {
  json: { ...NOT_A_STRING, ...Object.fromEntries(Object.values(TIMES).map((value) => [value, quoted(value)])) },
  text: TIMES,
}

const humanText = (maxLength: number): InvalidValues => ({
  json: { ...NOT_A_STRING, ...UNSTORABLE, 'an empty string': '""', 'too long': quoted('x'.repeat(maxLength + 1)) },
  text: { nothing: '', 'too long': 'x'.repeat(maxLength + 1), 'a NUL byte': 'a\0', 'a control character': 'a\u0007' },
})

const idempotencyKey: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    ...UNSTORABLE,
    'an empty string': '""',
    '256 characters': quoted('k'.repeat(256)),
    'a character beyond ASCII': '"clé"',
    Korean: '"키"',
    'a line end': String.raw`"a\nb"`,
    'a delete character': String.raw`"a\u007f"`,
  },
  text: { nothing: '', '256 characters': 'k'.repeat(256), 'a character beyond ASCII': 'clé' },
}

const payment: InvalidValues = { json: { ...NOT_A_STRING, ...named(['""', '"NOW"', '["now"]']) }, text: {} }

const state: InvalidValues = {
  json: { ...NOT_A_STRING, ...named(['""', '"DEAD"', '"completed"']) },
  text: named(['', 'DEAD', '{"$ne":null}']),
}

/** Any text that can be stored is a reason. */
const reason: InvalidValues = {
  json: {
    ...NOT_A_STRING,
    'a NUL byte': UNSTORABLE['a NUL byte'],
    'a lone surrogate': UNSTORABLE['a lone surrogate'],
    'too long': quoted('x'.repeat(201)),
  },
  text: { 'too long': 'x'.repeat(201), 'a NUL byte': 'a\0' },
}

const flag: InvalidValues = { json: named(['null', '0', '1', '"true"', '""', '[]', '{}']), text: {} }

const outboxIds: Record<string, string> = {
  ...NOT_A_STRING,
  'a text': quoted(UUID),
  '1,001 of them': JSON.stringify(Array.from({ length: 1_001 }, () => UUID)),
  ...each(orderId.json, 'id', (json) => `[${json}]`),
}

const quantities = integer([0, -1, 1_001, 2 ** 31])
const prices = integer([0, -1, 1_000_000_001, 2 ** 31])
const productId = integer([0, -1, 2 ** 31])

const orderItems: Record<string, string> = {
  ...NOT_A_STRING,
  '101 of them': JSON.stringify(Array.from({ length: 101 }, (_, index) => ({ productId: index + 1, quantity: 1 }))),
  'a text': '"1"',
  'an item that is null': '[null]',
  'an item that is a list': '[[]]',
  'an item without a quantity': '[{"productId":1}]',
  'an item without a product': '[{"quantity":1}]',
  'a product 1,001 times in all': '[{"productId":1,"quantity":1000},{"productId":1,"quantity":1}]',
  'a price of its own': '[{"productId":1,"quantity":1,"price":1}]',
  'a prototype': '[{"productId":1,"quantity":1,"__proto__":{"price":1}}]',
  ...each(quantities.json, 'quantity', (json) => `[{"productId":1,"quantity":${json}}]`),
  ...each(productId.json, 'product', (json) => `[{"productId":${json},"quantity":1}]`),
}

const keyList: Record<string, string> = {
  ...NOT_A_STRING,
  'none of them': '[]',
  '101 of them': JSON.stringify(Array.from({ length: 101 }, (_, index) => `K-${index}`)),
  ...each(humanText(64).json, 'key', (json) => `[${json}]`),
}

const newProducts: Record<string, string> = {
  ...NOT_A_STRING,
  '1,001 of them': JSON.stringify(Array.from({ length: 1_001 }, () => ({ name: 'x', price: 1, stock: 1 }))),
  'an item that is null': '[null]',
  'an item without a stock': '[{"name":"x","price":1}]',
  'an id of its own': '[{"name":"x","price":1,"stock":1,"id":1}]',
  'one bad item among good ones': '[{"name":"x","price":1,"stock":1},{"name":"x","price":0,"stock":1}]',
  ...each(humanText(200).json, 'name', (json) => `[{"name":${json},"price":1,"stock":1}]`),
  ...each(prices.json, 'price', (json) => `[{"name":"x","price":${json},"stock":1}]`),
  ...each(integer([-1, 1_000_000_001]).json, 'stock', (json) => `[{"name":"x","price":1,"stock":${json}}]`),
}

function each(values: Record<string, string>, field: string, item: (json: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, json]) => [`${field} ${name}`, item(json)]))
}

/** By the name of the field, or by procedure and field where the procedure has other limits. */
export const fields: Record<string, InvalidValues> = {
  memberId,
  orderId,
  productId,
  eventId: orderId,
  'outbox.list reason': reason,
  'outbox.replay reason': reason,
  cursor,
  idempotencyKey,
  payment,
  amount: prices,
  quantity: quantities,
  expectedTotal: integer([-1, 2 ** 53]),
  days: integer([0, -1, 31]),
  limit: integer([0, -1, 101]),
  maxAgeSeconds: integer([0, -1, 3_601]),
  search: humanText(100),
  name: humanText(200),
  reason: humanText(200),
  expectedName: humanText(200),
  expectedPrice: prices,
  expectedStock: integer([-1, 2 ** 53]),
  price: prices,
  stockDelta: integer([-1_000_000_001, 1_000_000_001]),
  state,
  status: statuses,
  minTotal: integer([-1, 2 ** 53]),
  maxTotal: integer([-1, 2 ** 53]),
  from: time,
  to: time,
  text: idText,
  prefix: idText,
  removed: state,
  maxStock: integer([-1, 1_000_000_001]),
  dryRun: flag,
  graceSeconds: integer([-1, 86_401]),
  after: cursor,
  topics,
  wait: integer([-1, 26]),
  'admin.pulse after': time,
  'live.list limit': integer([0, -1, 1_001]),
  'admin.reconcile limit': integer([0, -1, 1_001]),
  'outbox.replay ids': { json: outboxIds, text: {} },
  'admin.productsByKeys keys': { json: keyList, text: {} },
  'order.place items': { json: orderItems, text: {} },
  'product.create items': { json: newProducts, text: {} },
}
