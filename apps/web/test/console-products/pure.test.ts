import { createProductsInput, productsByKeysInput, updateProductInput } from '@jumun/contract'
import * as limits from '@jumun/contract/limits'
import { expect, test } from 'vitest'
import { parseEdit } from '../../src/console/products/cell-edit.ts'
import { conflictsOf, type Draft, editCell, resolve, savable, toInput } from '../../src/console/products/draft.ts'
import { checkRow, isWrong } from '../../src/console/products/import/check-row.ts'
import { readImportFile } from '../../src/console/products/import/read-file.ts'
import { paste } from '../../src/console/products/paste.ts'
import { parseProductSearch } from '../../src/console/products/product-search.ts'
import { readSpreadsheet } from '../../src/console/products/read-spreadsheet.ts'

const tea = { id: 1, name: 'Tea', price: 1_000, stock: 10, key: null, removedAt: null }
const cup = { ...tea, id: 2, name: 'Cup', stock: 3 }

test('a cell takes what a spreadsheet writes, and nothing else', () => {
  expect(parseEdit('stock', '=7', tea)).toEqual({ seen: 10, to: 7 })
  expect(parseEdit('stock', '1,200', tea)).toEqual({ seen: 10, to: 1_200 })
  expect(parseEdit('stock', '+5', tea)).toEqual({ add: 5 })
  expect(parseEdit('stock', '-5', tea)).toEqual({ add: -5 })
  expect(parseEdit('stock', '10', tea)).toBeNull()
  expect(parseEdit('price', '₩12,900', tea)).toEqual({ seen: 1_000, to: 12_900 })
  expect(parseEdit('name', ' =Tea ', tea)).toEqual({ seen: 'Tea', to: '=Tea' })
  for (const text of ['', '0', '1.5', '1,2', '-1', 'x', '1000000001'])
    expect(parseEdit('price', text, tea)).toBeUndefined()
  for (const text of ['', '\u200b', 'a\nb', 'a'.repeat(201)]) expect(parseEdit('name', text, tea)).toBeUndefined()
})

test('a save says what was seen, and a conflict is decided for the fields that others changed', () => {
  let draft: Draft = editCell({}, tea, 'price', { seen: 1_000, to: 1_500 })
  draft = editCell(draft, tea, 'name', { seen: 'Tea', to: 'Green tea' })
  draft = editCell(draft, cup, 'stock', { add: -1 })
  const row = { ...draft[1], id: 1, label: 'Tea', edits: draft[1]?.edits ?? {} }
  expect(toInput(row, 'why', 'k')).toEqual({
    productId: 1,
    name: 'Green tea',
    expectedName: 'Tea',
    price: 1_500,
    expectedPrice: 1_000,
    idempotencyKey: 'k',
  })
  const conflicting = { ...draft, 1: { ...row, conflict: { ...tea, price: 1_200 } } }
  expect(conflictsOf(conflicting[1])).toEqual(['price'])
  expect(savable(conflicting).map(({ id }) => id)).toEqual([2])
  expect(resolve(conflicting, 1, 'mine')[1]?.edits.price).toEqual({ seen: 1_200, to: 1_500 })
  expect(resolve(conflicting, 1, 'theirs')[1]?.edits).toEqual({ name: { seen: 'Tea', to: 'Green tea' } })
  expect(editCell({ 1: { ...row, sent: { input: { productId: 1 }, at: 0 } } }, tea, 'price', null)[1]?.edits).toBe(
    row.edits,
  )
})

test('a paste fills cells below and beside, and leaves out what does not fit', async () => {
  const cells = await readSpreadsheet('1,100\t5\r\n"1200"\tx\r\n1300\t1\r\n')
  const { draft, filled, refused } = paste({}, cells, [tea, cup], 'price')
  expect([filled, refused]).toEqual([3, 3])
  expect(draft[1]?.edits).toEqual({ price: { seen: 1_000, to: 1_100 }, stock: { seen: 10, to: 5 } })
  expect(paste({}, [['9']], [{ ...tea, removedAt: '2026-01-01T00:00:00.000Z' }], 'stock').refused).toBe(1)
})

const csv = (text: string | Uint8Array<ArrayBuffer>, name = 'products.csv') => readImportFile(new File([text], name))

test('a file is read in parts, with the number of each row', async () => {
  const lines = Array.from({ length: 9_000 }, (_, index) => `"한라봉, ${index}",1000,${index},K-${index}`)
  const read = await csv(`\uFEFFname,price,stock,key\r\n${lines.join('\r\n')}\r\n,,,\r\n`)
  if (typeof read === 'string') throw new Error(read)
  expect(read.rows).toHaveLength(9_000)
  expect(read.rows[8_999]).toMatchObject({
    row: 9_001,
    checked: { name: '한라봉, 8999', price: 1_000, stock: 8_999, key: 'K-8999' },
  })
  const bad = await csv('name,price,stock,key\nTea,1,1,A\nCup,0,1,B\nPot,1,1,A\nJar,1,1\nTin,1,1,,x\n')
  if (typeof bad === 'string') throw new Error(bad)
  expect(bad.rows.map(({ checked }) => (isWrong(checked) ? checked.why : 'good'))).toEqual([
    'good',
    'number',
    'same-key',
    'good',
    'shape',
  ])
  const again = await csv('name,price,stock,key\nTea,1,1,A\nCup,0,1,B\nPot,1,1,A\nJar,1,1\nTin,1,1,,x\n')
  expect(again).toEqual(bad)
  const json = await csv(
    '{"name":"Tea","price":1,"stock":0}\n\n{"name":"Tea","price":1.5,"stock":0}\nnope\n',
    'a.jsonl',
  )
  if (typeof json === 'string') throw new Error(json)
  expect(json.rows.map(({ row, checked }) => [row, isWrong(checked)])).toEqual([
    [1, false],
    [3, true],
    [4, true],
  ])
  expect(await csv('name,price\n')).toBe('no-heading')
  expect(await csv('name,price,stock\n"Tea,1,1\n')).toBe('open-quote')
  expect(await csv(new Uint8Array([0x6e, 0xff]))).toBe('not-utf-8')
  expect(await csv('name,price,stock\n')).toBe('empty')
})

test('the limits are those of the contract', () => {
  const item = { name: 'Tea', price: 1, stock: 0, key: 'K' }
  const rows = [
    { ...item, name: 'a'.repeat(limits.NAME_MAX_LENGTH) },
    { ...item, name: 'a'.repeat(limits.NAME_MAX_LENGTH + 1) },
    { ...item, name: ' \u2800 ' },
    { ...item, name: 'a\u0007' },
    { ...item, name: '\ud800' },
    { ...item, price: 0 },
    { ...item, price: limits.MAX_AMOUNT },
    { ...item, price: limits.MAX_AMOUNT + 1 },
    { ...item, price: 1.5 },
    { ...item, stock: -1 },
    { ...item, stock: limits.MAX_STOCK },
    { ...item, stock: limits.MAX_STOCK + 1 },
    { ...item, key: 'k'.repeat(limits.KEY_MAX_LENGTH) },
    { ...item, key: 'k'.repeat(limits.KEY_MAX_LENGTH + 1) },
    { ...item, extra: 1 },
  ]
  for (const row of rows) {
    expect(isWrong(checkRow(row, 'derived')), JSON.stringify(row).slice(0, 60)).toBe(
      !createProductsInput.safeParse({ items: [row] }).success,
    )
  }
  const many = (count: number) => Array.from({ length: count }, () => item)
  expect(createProductsInput.safeParse({ items: many(limits.CREATE_MAX_ITEMS) }).success).toBe(true)
  expect(createProductsInput.safeParse({ items: many(limits.CREATE_MAX_ITEMS + 1) }).success).toBe(false)
  const keys = (count: number) => ({ keys: Array.from({ length: count }, (_, index) => `K${index}`) })
  expect(productsByKeysInput.safeParse(keys(limits.KEYS_MAX_ITEMS)).success).toBe(true)
  expect(productsByKeysInput.safeParse(keys(limits.KEYS_MAX_ITEMS + 1)).success).toBe(false)
  const because = (length: number) => ({ productId: 1, stockDelta: 1, reason: 'r'.repeat(length) })
  expect(updateProductInput.safeParse(because(limits.REASON_MAX_LENGTH)).success).toBe(true)
  expect(updateProductInput.safeParse(because(limits.REASON_MAX_LENGTH + 1)).success).toBe(false)
})

test('a link with nonsense in it is a link with what is left of it', () => {
  expect(parseProductSearch({ search: 2026, maxStock: '5', removed: 'only', other: 1 })).toEqual({
    search: '2026',
    maxStock: 5,
    removed: 'only',
  })
  expect(parseProductSearch({ search: ' ', maxStock: -1, removed: 'exclude' })).toEqual({})
})
