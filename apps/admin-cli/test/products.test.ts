import { beforeAll, expect, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

beforeAll(async () => {
  await shop.run('products', 'create', '--name', '한라봉 차', '--price', '12900', '--stock', '100')
  await shop.run('products', 'create', '--name', 'Barley water', '--price', '900', '--stock', '5')
  await shop.run('products', 'seed', '--count', '250')
})

test('products are listed in a table, aligned for wide Korean letters', async () => {
  expect(await shop.run('products', 'list', '--limit', '2')).toEqual({
    stdout:
      'ID  KEY  NAME          PRICE  STOCK\n 1  -    한라봉 차     12900    100\n 2  -    Barley water    900      5\n',
    stderr: 'The first 2; there are more: --limit <number> or --all.\n',
    exitCode: 0,
  })
})

test('twenty products are listed by default, and any number with --limit or --all', async () => {
  expect(JSON.parse((await shop.run('products', 'list', '--json')).stdout)).toHaveLength(20)
  const many = JSON.parse((await shop.run('products', 'list', '--limit', '205', '--json')).stdout)
  expect(new Set(many.map(({ id }: { id: number }) => id)).size).toBe(205)
  expect(await shop.json('products', 'list', '--all')).toHaveLength(252)
})

test('products are found by a part of the name', async () => {
  expect(await shop.json('products', 'list', '--search', 'BARLEY WAT', '--limit', '1')).toMatchObject([{ id: 2 }])
  expect(await shop.run('products', 'list', '--search', 'no such thing')).toEqual({
    stdout: 'ID  KEY  NAME  PRICE  STOCK\n',
    stderr: '',
    exitCode: 0,
  })
})

test('a product is created', async () => {
  const product = { name: '유자청 "특"', price: 8_000, stock: 0 }
  const { name, price, stock } = product
  const created = await shop.json<{ id: number }>(
    'products',
    'create',
    '--name',
    name,
    '--price',
    `${price}`,
    '--stock',
    `${stock}`,
  )
  expect(created).toEqual({ id: expect.any(Number), ...product, key: null })
})

test('a product is changed, and its stock is reduced', async () => {
  const changed = await shop.json(
    'products',
    'update',
    '2',
    '--name',
    'Boricha',
    '--price',
    '1000',
    '--stock-delta',
    '-3',
  )
  expect(changed).toEqual({ id: 2, name: 'Boricha', price: 1_000, stock: 2, key: null })
  expect(await shop.run('products', 'update', '2', '--stock-delta=-3')).toEqual({
    stdout: '',
    stderr: 'error: Less is in stock than would be taken away. (product 2: 3 requested, 2 available)\n',
    exitCode: 1,
  })
})

test('an update with the same key changes the stock once', async () => {
  const update = () => shop.json('products', 'update', '3', '--stock-delta', '5', '--key', 'delivery-7')
  expect(await update()).toEqual(await update())
})

test('a product is changed only if price and stock are as expected', async () => {
  const update = (price: string) =>
    shop.run(
      'products',
      'update',
      '3',
      '--price',
      '7',
      '--expected-price',
      price,
      '--stock-delta',
      '1',
      '--reason',
      'count',
    )
  const { price } = await shop.json<{ price: number }>('products', 'show', '3')
  expect(await update(`${price + 1}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('not as it was expected'),
  })
  expect((await update(`${price}`)).exitCode).toBe(0)
})

test('a product is shown with its key, and removed, and then is not for sale', async () => {
  const file = await shop.file('one.csv', 'name,price,stock,key\nYuzu,700,3,SKU-7\n')
  await shop.run('products', 'seed', '--file', file)
  const [{ id }] = await shop.json<[{ id: number }]>('products', 'list', '--search', 'Yuzu')
  expect((await shop.run('products', 'show', `${id}`)).stdout).toBe(
    ` ID  KEY    NAME  PRICE  STOCK\n${id}  SKU-7  Yuzu    700      3\n`,
  )
  expect(await shop.json('products', 'remove', `${id}`)).toEqual({ id })
  expect(await shop.run('products', 'show', `${id}`)).toMatchObject({
    stderr: `error: Product ${id} is not for sale.\n`,
    exitCode: 1,
  })
})

test('an unknown product is refused', async () => {
  const { stderr, exitCode } = await shop.run('products', 'update', '2000000', '--price', '1')
  expect({ stderr, exitCode }).toEqual({ stderr: 'error: Product 2000000 is not for sale.\n', exitCode: 1 })
})

test('an update without changes is wrong usage', async () => {
  const { stderr, exitCode } = await shop.run('products', 'update', '2')
  expect({ stderr, exitCode }).toEqual({
    stderr: 'error: Give at least one change: --name, --price or --stock-delta.\n',
    exitCode: 2,
  })
})
