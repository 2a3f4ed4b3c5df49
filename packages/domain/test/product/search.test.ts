import { useShop } from '@jumun/test-kit/domain-shop'
import { beforeAll, expect, test } from 'vitest'
import { createProducts } from '../../src/product/create-products.ts'
import { listProducts } from '../../src/product/read-products.ts'

const shop = useShop()

const names = [
  'Hallabong Tea',
  'hallabong tea, iced',
  'Green teapot',
  '한라봉 차',
  '제주 한라봉 잼',
  '100% juice',
  '100 juice',
  'a_b',
  'aXb',
  'back\\slash',
  'backslash',
  "O'Brien -- ; drop",
  'ÉCLAIR',
]

beforeAll(async () => {
  await createProducts(
    shop.em,
    names.map((name) => ({ name, price: 1, stock: 1 })),
  )
})

test.each([
  ['part of a name', 'bong', ['Hallabong Tea', 'hallabong tea, iced']],
  ['any case', 'TEA', ['Hallabong Tea', 'hallabong tea, iced', 'Green teapot']],
  ['any case beyond ASCII', 'éclair', ['ÉCLAIR']],
  ['Korean', '한라봉', ['한라봉 차', '제주 한라봉 잼']],
  ['one Korean syllable', '차', ['한라봉 차']],
  ['a space', ' 한', ['제주 한라봉 잼']],
  ['% literally', '0%', ['100% juice']],
  ['a lone % literally', '%', ['100% juice']],
  ['_ literally', 'a_b', ['a_b']],
  ['\\ literally', 'k\\s', ['back\\slash']],
  ['a trailing \\ literally', 'back\\', ['back\\slash']],
  ['\\% literally', '\\%', []],
  ['quotes literally', "O'Brien", ["O'Brien -- ; drop"]],
  ['a question mark literally', '?', []],
  ['two question marks literally', '??', []],
  ['no product if no name contains it', 'coffee', []],
])('a search matches %s: %j', async (_, search, expected) => {
  const { items } = await listProducts(shop.em, { limit: 100, search })
  expect(items.map((product) => product.name)).toEqual(expected)
})
