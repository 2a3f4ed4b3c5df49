import { expect, test } from 'vitest'
import {
  createProductsInput,
  listProductsInput,
  movePointsInput,
  payOrderInput,
  replayEventsInput,
  updateProductInput,
} from '../src/index.ts'

const ID = '019310a4-6f00-7000-8000-00000000abcd'
const MIXED = '019310A4-6f00-7000-8000-00000000aBcD'

test('ids of orders and events are taken in any case, and are lower-case from then on', () => {
  for (const id of [ID, ID.toUpperCase(), MIXED]) {
    expect(payOrderInput.parse({ orderId: id })).toEqual({ orderId: ID })
    expect(replayEventsInput.parse({ ids: [id] })).toEqual({ ids: [ID] })
  }
})

test('member ids and idempotency keys have one spelling each: none of them is changed', () => {
  const input = { memberId: 'Mina', amount: 1, idempotencyKey: ' Key ' }
  expect(movePointsInput.parse(input)).toEqual(input)
  expect(movePointsInput.safeParse({ ...input, memberId: ' Mina' }).success).toBe(false)
})

const product = { price: 1, stock: 1 }

/** The name, key and search text that become of a text, or undefined where it is refused. */
function parsedTexts(text: string): (string | undefined)[] {
  const created = createProductsInput.safeParse({ items: [{ ...product, name: text, key: text.slice(0, 64) }] }).data
  const updated = updateProductInput.safeParse({ productId: 1, name: text }).data
  const searched = listProductsInput.safeParse({ search: text }).data
  return [created?.items[0]?.name, created?.items[0]?.key, updated?.name, searched?.search]
}

test('text is in NFC and has no surrounding white space', () => {
  for (const space of ['', ' ', '\u3000', '\u00a0 \t', '\ufeff', '\r\n']) {
    const spelled = `${space}${'한라봉 초콜릿'.normalize('NFD')}${space}`
    expect(parsedTexts(spelled)).toEqual(Array(4).fill('한라봉 초콜릿'))
  }
})

test('the length of text is that of its NFC without surrounding white space', () => {
  const name = `  ${'각'.repeat(200).normalize('NFD')}  `
  expect(updateProductInput.parse({ productId: 1, name }).name).toBe('각'.repeat(200))
  expect(updateProductInput.safeParse({ productId: 1, name: '각'.repeat(201) }).success).toBe(false)
  // U+0958 has two characters in NFC.
  expect(updateProductInput.safeParse({ productId: 1, name: '\u0958'.repeat(101) }).success).toBe(false)
})

test.each([
  ['spaces', '   '],
  ['ideographic spaces', '\u3000\u3000'],
  ['a zero-width space', '\u200b'],
  ['a byte order mark', '\ufeff'],
  ['joiners and a direction mark', '\u200d\u200c\u200e'],
  ['a bidi override', '\u202e'],
  ['a soft hyphen', '\u00ad'],
  ['a Hangul filler', '\u3164'],
  ['Hangul jamo fillers', '\u115f\u1160'],
  ['a variation selector', '\ufe0f'],
  ['a tag', '\u{e0041}'],
  ['a blank of Braille', '\u2800'],
  ['a line separator', '\u2028'],
])('text of only %s is refused, because it has nothing to see', (_, text) => {
  expect(parsedTexts(text)).toEqual(Array(4).fill(undefined))
  expect(parsedTexts(`차${text}x`)).toEqual(Array(4).fill(`차${text}x`))
})
