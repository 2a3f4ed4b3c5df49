import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, test } from 'vitest'
import { createProducts } from '../../src/product/create-products.ts'
import { listProducts, readProduct } from '../../src/product/read-products.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

test('reading a new product returns it as it was created', async () => {
  const item = { name: `한라봉 차 🍊 ? ?? $1 :a '"\\`, price: 12_900, stock: 0 }
  const { ids, existing } = await createProducts(shop.em, [item])
  const [id = 0] = ids
  expect(await readProduct(shop.em, id)).toEqual({ id, ...item, key: null })
  expect(existing).toBeUndefined()
})

test('1,000 products get ids in the order of the input', async () => {
  const items = Array.from({ length: 1_000 }, (_, index) => ({
    name: `Number ${index}`,
    price: 1 + ((index * 7) % 1_000),
    stock: index,
  }))
  const { ids } = await createProducts(shop.em, items)
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  const rows = await shop.em.execute(
    `select p.id, p.name, p.price, s.quantity::float8 as stock, s.received::float8 as received
       from product p join product_stock s on s.product_id = p.id where p.id = any(?)  order by p.id`,
    [`{${ids}}`],
  )
  expect(rows).toEqual(items.map((item, index) => ({ id: ids[index], ...item, received: item.stock })))
})

test('one call creates all of its products or none', async () => {
  const before = await listProducts(shop.em, { limit: 100 })
  const items = [
    { name: 'good', price: 1, stock: 1 },
    { name: 'bad', price: 0, stock: 1 },
  ]
  await expect(createProducts(shop.em, items)).rejects.toThrow('product_price_check')
  expect(await listProducts(shop.em, { limit: 100 })).toEqual(before)
})

test('reading an unknown product fails with PRODUCT_NOT_FOUND', async () => {
  const refusal = await refusalOf(readProduct(shop.em, 2_147_483_647))
  expect(refusal).toEqual({ code: 'PRODUCT_NOT_FOUND', productIds: [2_147_483_647] })
})
