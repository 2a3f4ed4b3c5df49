import { beforeAll, expect, test } from 'vitest'
import { expectAccessible } from '../../test-support/axe.ts'
import { useWeb } from '../../test-support/use-web.ts'
import { addDeadLetter, copyOrder } from './support.ts'

const { api, visit } = useWeb({ platform: 'mock' })

let tea = 0
beforeAll(async () => {
  const ops = api.client('ops', 'admin')
  const { ids } = await ops.product.create.mutate({ items: [{ name: 'Hallabong tea', price: 10_000, stock: 50 }] })
  tea = ids[0] ?? 0
  await ops.point.charge.mutate({ memberId: 'mina', amount: 400_000 })
})

const place = (quantity = 1) =>
  api.client('mina').order.place.mutate({ memberId: 'mina', items: [{ productId: tea, quantity }] })

test('figures move while the shop is used, and the tail of orders can be held', async () => {
  await place()
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console')
  const orders = page.getByRole('region', { name: 'Orders', exact: true })
  await orders.getByText(/ orders a second, at most 1; 1 in 15 minutes/).waitFor()
  await orders.locator('canvas').waitFor()
  await page
    .getByRole('region', { name: 'Open streams' })
    .getByText(/follows the shop live/)
    .waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  const rows = page.getByRole('table', { name: 'Last orders' }).getByRole('row')
  await rows.filter({ hasText: '₩10,000' }).waitFor()

  await page.keyboard.press('Space')
  await place(2)
  await page.getByText('Paused. New orders since: 1').waitFor()
  expect(await rows.count()).toBe(2)
  await page.getByRole('button', { name: 'Go on' }).press('Space')
  await rows.filter({ hasText: '₩20,000' }).waitFor()
  await orders.getByText('Minute by minute').click()
  await orders.getByRole('columnheader', { name: 'Placed, most' }).waitFor()
  await expectAccessible(page)
})

test('the audit is green, then shows what breaks a rule; a lost order is found and sent; a dead letter is sent again', async () => {
  const order = await place(3)
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/audit')
  await page.getByRole('button', { name: 'Run now' }).click()
  await page.getByText(/All \d+ rules hold/).waitFor()
  await expectAccessible(page)

  const lost = await copyOrder(api, order.id)
  await page.keyboard.press('r')
  // Stock and payment; what sold in an hour too, once the hour is rolled up that far.
  await page.getByText(/^Broken rules: [23]$/).waitFor()
  const paid = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Paid once' }) })
  await paid.getByRole('link', { name: lost.slice(-6) }).waitFor()
  await page.getByRole('link', { name: `#${tea}` }).waitFor()
  await page.reload()
  await page.getByText(/^Broken rules: [23]$/).waitFor()
  await page.getByText(/All \d+ rules hold/).waitFor()

  await page.getByRole('link', { name: 'Reconcile' }).click()
  await page.getByLabel(/Leave out orders/).fill('0')
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.getByText('Done. Orders that differ: 1.').waitFor()
  await page
    .getByRole('row')
    .filter({ hasText: 'Missing' })
    .getByRole('link', { name: lost.slice(-6) })
    .waitFor()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Send what it lacks (1)…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send them' }).click()
  await page.getByText('Sent: 1.').waitFor()
  await expect.poll(() => platformHas(lost)).toBe(true)

  const rejected = await copyOrder(api, order.id)
  await addDeadLetter(api, rejected, 'unknown sku')
  await page.getByRole('link', { name: 'Delivery' }).click()
  await page.getByRole('rowheader', { name: '1 × unknown sku' }).waitFor()
  await page.getByRole('table', { name: 'Events' }).getByText('unknown sku').click()
  await page.getByRole('dialog').getByText(`"orderId": "${rejected}"`).waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Send again unknown sku' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
  await page.getByText('Waiting for delivery again: 1').waitFor()
  await page.getByText('There are no dead letters').first().waitFor()
  await page.getByText('Waiting', { exact: true }).first().locator('xpath=..').getByText('0').waitFor()
  expect(await platformHas(rejected)).toBe(true)
})

const platformHas = async (orderId: string) => (await fetch(`${api.platform.url}/v1/orders/${orderId}`)).status === 200

test('the ranking follows sales, and the system tells its state without secrets', async () => {
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/popular')
  const row = page.getByRole('row').filter({ hasText: 'Hallabong tea' })
  await row.waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  const { items } = await api.client('ops', 'admin').popular.products.query({ days: 3, limit: 10 })
  const [leader] = items
  await place(4)
  await row.getByRole('cell', { name: String((leader?.sold ?? 0) + 4), exact: true }).waitFor()
  await row.getByRole('cell', { name: String((leader?.stock ?? 0) - 4), exact: true }).waitFor()
  await page.getByLabel('Days').selectOption('30')
  await page.waitForURL('**/popular?days=30')
  await expectAccessible(page)

  await page.getByRole('link', { name: 'System' }).click()
  await page.getByText('answers you').waitFor()
  await page.getByText('All applied').waitFor()
  await page.getByRole('row').filter({ hasText: 'DATA_PLATFORM_SECRET' }).getByText('Secret, never shown').waitFor()
  await expectAccessible(page)
})
