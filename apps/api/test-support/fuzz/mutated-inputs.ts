import fc from 'fast-check'

type Fields = Record<string, unknown>

const parse = (json: string): unknown => JSON.parse(json)

/** Values that attackers and careless callers send. */
const HOSTILE: unknown[] = [
  ...[null, true, false, 0, -0, -1, 1, 1.5, 1e21, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 63, 1_000_001],
  ...['', ' ', '1', '-1', 'NaN', 'Infinity', 'null', 'undefined', 'true', '0x1', '1e5', '[object Object]', '__proto__'],
  ...['\0', 'a\0b', '\ud800', 'a\udfff', '\u0007', '\u2028', '\ufeff', '\u202e', '힣', 'a\u0301'.repeat(50)],
  ...[
    "' or 1=1--",
    '"; drop table product',
    '%',
    '_',
    '\\',
    '%00',
    '../../etc/passwd',
    '{{7*7}}',
    '<script>',
    '\r\nx: y',
  ],
  ...[[], {}, [[]], [null], [1], [{}], { length: 1 }, { toString: 'x' }, { toJSON: 'x' }, parse('{"then":"x"}')],
  ...[{ $ne: null }, { $gt: 0 }, { $like: '%' }, { $or: [{}] }, { $in: [1] }, { $raw: 'true' }, { $not: {} }],
  ...[parse('{"__proto__":{"role":"admin"}}'), parse('{"constructor":{"prototype":{"role":"admin"}}}')],
  ...['x'.repeat(5_000), Array(2_000).fill(1), parse(`${'['.repeat(500)}${']'.repeat(500)}`)],
]

/** Exceeds the limit of a request body. */
const HUGE = 'x'.repeat(1_048_576)

const SURROGATES_FROM = 0xd800
const SURROGATES = 0x800

/** Any character. As `unit: 'binary'` of fast-check, which fills a map of a million characters for seconds. */
const character = fc.nat(0x10_ffff - SURROGATES).map(
  (index) => String.fromCodePoint(index < SURROGATES_FROM ? index : index + SURROGATES),
  (text) => {
    const code = typeof text === 'string' ? text.codePointAt(0) : undefined
    if (code === undefined || text !== String.fromCodePoint(code)) throw new Error('Not one character.')
    if (code < SURROGATES_FROM) return code
    if (code < SURROGATES_FROM + SURROGATES) throw new Error('Half a character.')
    return code - SURROGATES
  },
)

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...HOSTILE).map((value) => structuredClone(value)) },
  { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 3, stringUnit: character }) },
  { weight: 2, arbitrary: fc.string({ unit: character, maxLength: 300 }) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.maxSafeInteger() },
)

/** Names of fields that an input does not have, or has elsewhere. */
const names = fc.oneof(
  fc.constantFrom('price', 'balance', 'status', 'role', 'total', 'id', 'memberId', 'orderId', 'productId', 'amount'),
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', 'toJSON', ''),
  fc.string({ unit: character, maxLength: 8 }),
)

/** What is added to a string or a number to make it slightly wrong. */
const offsets = fc.record({
  text: fc.constantFrom(
    '\0',
    '\ud800',
    '\udfff',
    '\u0007',
    '\u007f',
    '\u0085',
    '\n',
    ' ',
    'x',
    '힣',
    "'",
    '\\',
    '%',
    '/',
  ),
  number: fc.constantFrom(1, -1, 0.5, 1_000, -1_000, 1_000_000_000, -1_000_000_001, 2 ** 31, 2 ** 53, 1e308),
})

/** One change of an input. `at` is the index of the changed place, modulo the number of places. */
const mutation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ at: fc.nat(), do: fc.constant('replace' as const), value: hostile }) },
  { weight: 6, arbitrary: fc.record({ at: fc.nat(), do: fc.constant('offset' as const), by: offsets }) },
  { weight: 2, arbitrary: fc.record({ at: fc.nat(), do: fc.constant('add' as const), name: names, value: hostile }) },
  { weight: 2, arbitrary: fc.record({ at: fc.nat(), do: fc.constant('remove' as const) }) },
  { weight: 1, arbitrary: fc.record({ at: fc.nat(), do: fc.constant('wrap' as const) }) },
)
type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never

/** Inputs that differ from valid ones in one or two places, and may still be valid. A few are too large. */
export function mutatedInputs(valid: fc.Arbitrary<Fields>): fc.Arbitrary<Fields> {
  const mutated = fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([input, mutations]) => mutations.reduce(mutate, structuredClone(input)))
  const huge = fc.tuple(valid, names).map(([input, name]) => withField(input, name, HUGE) as Fields)
  return fc.oneof({ weight: 150, arbitrary: mutated }, { weight: 1, arbitrary: huge })
}

function mutate(input: Fields, mutation: Mutation): Fields {
  const places = placesIn(input)
  const place = places[mutation.at % places.length]
  if (mutation.do === 'add') {
    const inner = place?.parent[place.key]
    // JSON.stringify ignores the fields of an array other than its elements.
    withField(isFields(inner) && !Array.isArray(inner) ? inner : input, mutation.name, mutation.value)
  } else if (place) {
    if (mutation.do === 'remove') delete place.parent[place.key]
    else withField(place.parent, place.key, mutatedValue(place.parent[place.key], mutation))
  }
  return input
}

function mutatedValue(value: unknown, mutation: Exclude<Mutation, { do: 'add' | 'remove' }>): unknown {
  if (mutation.do === 'replace') return mutation.value
  if (mutation.do === 'wrap') return [value]
  if (typeof value === 'number') return value + mutation.by.number
  return typeof value === 'string' ? value + mutation.by.text : mutation.by.text
}

/** Sets a field, also one named `__proto__`, which an assignment would not create. */
function withField(target: Fields, name: string, value: unknown): Fields {
  return Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

interface Place {
  parent: Fields
  key: string
}

/** All fields and elements, at every depth. */
function placesIn(parent: Fields): Place[] {
  return Object.keys(parent).flatMap((key) => [
    { parent, key },
    ...(isFields(parent[key]) ? placesIn(parent[key]) : []),
  ])
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}
