import type { OrderTimeline } from '@jumun/client'
import { expect, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

test('orders are listed and shown', async () => {
  await shop.run('products', 'create', '--name', '한라봉 차', '--price', '12900', '--stock', '10')
  await shop.run('products', 'create', '--name', 'Tea', '--price', '900', '--stock', '10')
  await shop.run('points', 'charge', 'mina', '50000')
  const jumun = await shop.member('mina')
  const items = [1, 2].map((productId) => ({ productId, quantity: 2 }))
  const order = await jumun.order.place.mutate({ memberId: 'mina', items })

  expect(await shop.json('orders', 'show', order.id)).toEqual(order)
  expect(await shop.json('orders', 'list', 'mina')).toEqual([order])
  const { createdAt, paidAt } = order
  const row = [
    'ORDER                                 MEMBER  STATUS  ITEMS  TOTAL  CREATED                   PAID                      CANCELLED',
    `${order.id}  mina    PAID        2  27600  ${createdAt}  ${paidAt}  -`,
  ]
  expect((await shop.run('orders', 'list', 'mina')).stdout).toBe(`${row.join('\n')}\n`)
  const lines = [
    'PRODUCT  NAME       PRICE  QUANTITY  AMOUNT',
    '      1  한라봉 차  12900         2   25800',
    '      2  Tea          900         2    1800',
  ]
  expect((await shop.run('orders', 'show', order.id)).stdout).toBe(`${row.join('\n')}\n\n${lines.join('\n')}\n`)
})

test('an order is cancelled once, and its points are returned', async () => {
  const product = await shop.json('products', 'create', '--name', 'Honey', '--price', '900', '--stock', '1')
  const { id: productId } = product as { id: number }
  await shop.run('points', 'charge', 'jisu', '1000')
  const jumun = await shop.member('jisu')
  const order = await jumun.order.place.mutate({ memberId: 'jisu', items: [{ productId, quantity: 1 }] })

  const cancel = ['orders', 'cancel', order.id, '--reason', 'sold out', '--key', 'sold-out-1']
  expect(await shop.json(...cancel)).toMatchObject({ id: order.id, status: 'CANCELLED' })
  expect(await shop.json(...cancel)).toMatchObject({ id: order.id, status: 'CANCELLED' })
  expect(await shop.json('points', 'balance', 'jisu')).toMatchObject({ balance: 1000 })
  expect(await shop.json('points', 'history', 'jisu', '--limit', '9')).toMatchObject([{ reason: 'sold out' }, {}, {}])
  const again = await shop.run('orders', 'cancel', order.id)
  expect(again.stderr).toBe('error: This order has ended already. (it is CANCELLED)\n')
  expect(again.exitCode).toBe(1)
})

test('the timeline of an order has its steps, its events and what the platform has', async () => {
  const product = await shop.json('products', 'create', '--name', 'Honey', '--price', '900', '--stock', '5')
  const { id: productId } = product as { id: number }
  await shop.run('points', 'charge', 'hana', '5000')
  const jumun = await shop.member('hana')
  const order = await jumun.order.place.mutate({ memberId: 'hana', items: [{ productId, quantity: 2 }] })
  const timeline = () => shop.json<OrderTimeline>('orders', 'show', order.id, '--timeline')
  await expect.poll(timeline).toMatchObject({
    order,
    events: [{ type: 'order.paid', version: 1, state: 'delivered', id: expect.any(String) }],
    platform: { state: 'same', version: 1, reason: null },
  })
  const { stdout } = await shop.run('orders', 'show', order.id, '--timeline')
  expect(stdout).toMatch(/^ORDER .+\n[\s\S]+\n\nAT +STEP +BY +REASON +CHANGE +BALANCE\n/)
  expect(stdout).toMatch(/ stockHeld +- +- +-2 +-\n/)
  expect(stdout).toMatch(/ pointsTaken +\S+ +- +-1800 +3200\n/)
  expect(stdout).toMatch(/\nEVENT +TYPE +VERSION +STATE +ATTEMPTS +NEXT +REASON\n\S+ +order\.paid +1 +delivered/)
  expect(stdout).toMatch(/\n\nData platform: same, version 1\n$/)
})

test('an unknown order is refused', async () => {
  const id = '019310a4-6f00-7000-8000-000000000001'
  expect(await shop.run('orders', 'show', id)).toEqual({
    stdout: '',
    stderr: `error: There is no order ${id}.\n`,
    exitCode: 1,
  })
})

test('an invalid order id is wrong usage', async () => {
  const { stderr, exitCode } = await shop.run('orders', 'show', 'first')
  expect(stderr).toMatch(/^error: The input is not valid\. \(orderId: .+\)\n$/)
  expect(exitCode).toBe(2)
})

test('orders of all members are found by filters, and members and products that were removed are listed', async () => {
  const product = await shop.json<{ id: number }>(
    'products',
    'create',
    '--name',
    'Fig',
    '--price',
    '70',
    '--stock',
    '5',
  )
  await shop.run('points', 'charge', 'sora', '1000')
  const jumun = await shop.member('sora')
  const place = (payment: 'now' | 'later') =>
    jumun.order.place.mutate({ memberId: 'sora', items: [{ productId: product.id, quantity: 1 }], payment })
  const paid = await place('now')
  const unpaid = await place('later')
  const list = (...filters: string[]) => shop.json('orders', 'list', ...filters)

  expect(await list('--product', `${product.id}`)).toEqual([unpaid, paid])
  expect(await list('--product', `${product.id}`, '--status', 'paid', '--status', 'EXPIRED')).toEqual([paid])
  expect(await list('sora', '--status', 'PENDING_PAYMENT', '--from', '2026-01-01')).toEqual([unpaid])
  expect(await list('--text', 'sor', '--max-total', '69')).toEqual([])
  expect(await list('--text', paid.id, '--min-total', '70')).toEqual([paid])
  expect(await list('--to', '2026-01-01T00:00:00Z')).toEqual([])

  expect(await shop.json('members', 'list', '--prefix', 'so')).toEqual([{ memberId: 'sora', balance: 930 }])
  expect((await shop.run('members', 'list', '--prefix', 'so')).stdout).toBe('MEMBER  BALANCE\nsora        930\n')
  expect(await shop.json('products', 'list', '--max-stock', '3', '--search', 'Fig')).toMatchObject([{ stock: 3 }])
  await shop.run('products', 'remove', `${product.id}`)
  const [removed] = await shop.json<[{ removedAt: string }]>('products', 'list', '--removed')
  expect(removed).toEqual({ ...product, stock: 3, removedAt: expect.any(String) })
  expect((await shop.run('products', 'list', '--removed')).stdout).toBe(
    `ID  KEY  NAME  PRICE  STOCK  REMOVED\n${String(product.id).padStart(2)}  -    Fig      70      3  ${removed.removedAt}\n`,
  )
})
