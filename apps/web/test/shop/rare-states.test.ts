import { expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb({ settings: { MAX_UNPAID_ORDERS: '1' } })

test('who holds as many unpaid orders as there may be is told so, and may pay at once', async () => {
  const productId = await api.shop.product({ name: 'Held tea', price: 1_000, stock: 9 })
  const memberId = await api.shop.member()
  await api.shop.place({ memberId, payment: 'later', items: [{ productId, quantity: 1 }] })
  const page = await visit({ memberId, expectedErrors: /status of 409/ })
  await page.goto(`/checkout?product=${productId}&quantity=1`)
  await page.getByLabel('Pay later').check()
  await page.getByRole('button', { name: 'Order, and pay within 15 minutes' }).click()
  await page.getByText('You have too many unpaid orders (the limit is 1).').waitFor()
  await page.getByRole('link', { name: 'See your orders' }).waitFor()
  await page.getByRole('button', { name: 'Back to the checkout' }).click()
  await page.getByRole('button', { name: 'Order and pay ₩1,000' }).click()
  await page.getByText('Thank you').waitFor()
})

test('signing out while nothing is known of an order is asked about', async () => {
  const productId = await api.shop.product({ name: 'Unknown tea' })
  const memberId = await api.shop.member()
  const page = await visit({ memberId, expectedErrors: /ERR_FAILED/ })
  await page.goto(`/checkout?product=${productId}&quantity=1`)
  await page.route('**/trpc/order.place*', (route) => route.abort())
  await page.getByRole('button', { name: 'Order and pay' }).click()
  await page.getByText('We do not know yet whether your order was placed.').waitFor()
  const signOut = async () => {
    await page.locator('details.account').evaluate((menu) => menu.setAttribute('open', ''))
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  }
  await signOut()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Stay signed in' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText('We do not know yet whether your order was placed.').waitFor()
  await signOut()
  await dialog.getByRole('button', { name: 'Sign out anyway' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
})

test('stock is greyed with its age while the shop is not heard of, and is live again by itself', async () => {
  const productId = await api.shop.product({ name: 'Stale tea', stock: 8 })
  const page = await visit({ expectedErrors: /ERR_FAILED/ })
  await page.clock.install()
  await page.route(/api\/(?:events|changes)/, (route) => route.abort())
  await page.goto(`/product/${productId}`)
  const stock = page.getByRole('main').locator('.stock')
  await stock.getByText('8 left').waitFor()
  expect(await stock.getAttribute('data-level')).toBe('plenty')
  await page.clock.runFor('06:00')
  await stock.getByText(/· [56] min\. ago/).waitFor()
  expect(await stock.getAttribute('data-level')).toBe('stale')
  await api.client('ops', 'admin').product.update.mutate({ productId, stockDelta: -5 })
  await page.unroute(/api\/(?:events|changes)/)
  // The next try.
  await page.clock.runFor('01:00')
  await stock.getByText('3 left', { exact: true }).waitFor()
  expect(await stock.getAttribute('data-level')).toBe('low')
})
