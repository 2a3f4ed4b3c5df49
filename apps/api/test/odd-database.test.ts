import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'

const DEFAULTS = {
  DateStyle: 'German',
  TimeZone: 'Asia/Kolkata',
  standard_conforming_strings: 'off',
  default_transaction_isolation: 'repeatable read',
}
const WARN = 40
const CALLERS = 20

let api: TestApi
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await createTestDatabase()
  drop = database.drop
  const name = new URL(database.url).pathname.slice(1)
  for (const [setting, value] of Object.entries(DEFAULTS))
    await onServer(database.url, `alter database ${name} set ${setting} = '${value}'`)
  api = await startTestApi(database.url, { platform: 'mock' })
})
afterAll(async () => {
  await api.close()
  await drop()
})

test('a database with other defaults for times, strings and isolation serves contended orders, and delivers them', async () => {
  const admin = api.client('admin', 'admin')
  const name = "tea \\' or 1=1 -- 🍵"
  const { ids } = await admin.product.create.mutate({ items: [{ name, price: 1, stock: 100 }] })
  await admin.point.charge.mutate({ memberId: 'mina', amount: 100 })
  const [productId = 0] = ids
  const order = { memberId: 'mina', items: [{ productId, quantity: 1 }] }
  const calls = Array.from({ length: CALLERS }, async (_, index) => {
    if (index % 2 === 0) await admin.point.charge.mutate({ memberId: 'mina', amount: 1 })
    return admin.order.place.mutate(order)
  })
  const since = Date.now() - 60_000
  for (const { createdAt, items } of await Promise.all(calls)) {
    expect(Date.parse(createdAt)).toBeGreaterThan(since)
    expect(items).toMatchObject([{ name }])
  }
  const { items } = await admin.popular.products.query({})
  expect(items).toMatchObject([{ productId, sold: CALLERS }])
  const read = async () => (await fetch(`${api.platform.url}/v1/stats`)).json()
  await expect.poll(read).toMatchObject({ orders: CALLERS })
  expect((await admin.admin.audit.query({})).holds).toBe(true)
  expect(api.log.filter(({ level }) => level >= WARN)).toEqual([])
})
