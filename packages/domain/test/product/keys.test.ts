import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { createProducts } from '../../src/product/create-products.ts'
import { listProducts, readProduct } from '../../src/product/read-products.ts'
import { removeProduct, updateProduct } from '../../src/product/write-products.ts'
import { cursorOf } from '../../test-support/cursors.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()
const tea = { name: 'Tea', price: 1_000, stock: 5 }

async function count(): Promise<number> {
  const [row] = await shop.em.execute<[{ count: number }]>('select count(*)::int from product')
  return row.count
}

test('an existing key creates no product, changes nothing and consumes no id', async () => {
  const first = await createProducts(shop.em, [{ ...tea, key: 'SKU-1' }])
  expect(first).toEqual({ ids: [expect.any(Number)], existing: 0 })
  const [id = 0] = first.ids
  const again = await createProducts(shop.em, [
    { ...tea, name: 'New', key: 'SKU-2' },
    { ...tea, price: 7, key: 'SKU-1' },
    { ...tea, name: 'None' },
  ])
  expect(again).toEqual({ ids: [id + 1, id, id + 2], existing: 1 })
  expect(await readProduct(shop.em, id)).toEqual({ id, ...tea, key: 'SKU-1' })
  expect(await createProducts(shop.em, [{ ...tea, key: 'sku-1' }])).toEqual({ ids: [id + 3], existing: 0 })
})

test('of two items with the same key in one call, only the first is created', async () => {
  const { ids, existing } = await createProducts(shop.em, [
    { ...tea, name: 'b', key: 'twice-b' },
    { ...tea, name: 'a', key: 'twice-a' },
    { ...tea, name: 'not b', key: 'twice-b' },
  ])
  const [b = 0, a = 0, last] = ids
  expect({ a, last, existing }).toEqual({ a: b + 1, last: b, existing: 1 })
  expect((await readProduct(shop.em, b)).name).toBe('b')
})

test('the key of a removed product stays in use', async () => {
  const { ids } = await createProducts(shop.em, [{ ...tea, key: 'gone' }])
  const [id = 0] = ids
  await removeProduct(shop.em, id)
  expect(await createProducts(shop.em, [{ ...tea, key: 'gone' }])).toEqual({ ids: [id], existing: 1 })
  expect(await refusalOf(readProduct(shop.em, id))).toMatchObject({ code: 'PRODUCT_NOT_FOUND' })
})

test('concurrent calls with the same keys in different orders create each product once and return the same ids', async () => {
  const before = await count()
  const items = Array.from({ length: 200 }, (_, index) => ({ ...tea, name: `Race ${index}`, key: `race-${index}` }))
  const rotated = (by: number) => {
    const order = [...items.slice(by), ...items.slice(0, by)]
    return by % 2 ? order.toReversed() : order
  }
  const calls = Array.from({ length: 10 }, (_, index) => rotated(index * 17))
  const answers = await Promise.all(calls.map((call) => createProducts(shop.em, call)))
  const idsOf = answers.map(({ ids }, index) =>
    Object.fromEntries((calls[index] ?? []).map(({ key }, at) => [key, ids[at]])),
  )
  for (const ids of idsOf) expect(ids).toEqual(idsOf[0])
  expect(new Set(Object.values(idsOf[0] ?? {})).size).toBe(200)
  expect(await count()).toBe(before + 200)
  expect(answers.reduce((sum, { existing = 0 }) => sum + existing, 0)).toBe(9 * 200)
})

test('the key of a product is returned wherever the product is', async () => {
  const { ids } = await createProducts(shop.em, [{ ...tea, key: 'shown' }, tea])
  const [keyed = 0, other = 0] = ids
  const { items } = await listProducts(shop.em, { limit: 2, cursor: cursorOf(keyed - 1) })
  expect(items).toMatchObject([
    { id: keyed, key: 'shown' },
    { id: other, key: null },
  ])
  expect(await readProduct(shop.em, keyed)).toEqual(items[0])
  expect((await updateProduct(shop.em, { productId: keyed, price: 7 })).answer).toMatchObject({ key: 'shown' })
})

test('a failed call leaves its keys free', async () => {
  const bad = [
    { ...tea, key: 'half-1' },
    { ...tea, price: 0, key: 'half-2' },
  ]
  await expect(createProducts(shop.em, bad)).rejects.toThrow('product_price_check')
  expect(await createProducts(shop.em, [{ ...tea, key: 'half-1' }])).toMatchObject({ existing: 0 })
})
