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
  ['a part of the name', 'bong', ['Hallabong Tea', 'hallabong tea, iced']],
  ['upper and lower case alike', 'TEA', ['Hallabong Tea', 'hallabong tea, iced', 'Green teapot']],
  ['upper and lower case alike beyond ASCII', 'éclair', ['ÉCLAIR']],
  ['Korean', '한라봉', ['한라봉 차', '제주 한라봉 잼']],
  ['one Korean letter', '차', ['한라봉 차']],
  ['a space', ' 한', ['제주 한라봉 잼']],
  ['% as it is', '0%', ['100% juice']],
  ['% alone', '%', ['100% juice']],
  ['_ as it is', 'a_b', ['a_b']],
  ['\\ as it is', 'k\\s', ['back\\slash']],
  ['\\ at the end', 'back\\', ['back\\slash']],
  ['\\% as it is', '\\%', []],
  ['quotes as they are', "O'Brien", ["O'Brien -- ; drop"]],
  ['question marks as they are', '?', []],
  ['two question marks as they are', '??', []],
  ['what is not there', 'coffee', []],
])('search finds %s: %j', async (_, search, expected) => {
  const { items } = await listProducts(shop.em, { limit: 100, search })
  expect(items.map((product) => product.name)).toEqual(expected)
})
