import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()
const ORDERS = '**/trpc/order.place*'
const LOST = /net::ERR|Failed to fetch|status of 429/

/** A member at the checkout, with points for many orders. */
async function atCheckout(memberId: string): Promise<Page> {
  const ops = api.client('ops', 'admin')
  const { ids } = await ops.product.create.mutate({ items: [{ name: `Tea of ${memberId}`, price: 1_000, stock: 50 }] })
  await ops.point.charge.mutate({ memberId, amount: 100_000 })
  const page = await visit({ memberId, expectedErrors: LOST })
  await page.goto(`/checkout?product=${ids[0]}&quantity=1`)
  await orderButton(page).waitFor()
  return page
}

const orderButton = (page: Page) => page.getByRole('button', { name: 'Order and pay' })
const isPlaced = (page: Page) => page.getByText('Thank you. Your order has been placed.').waitFor()
const ordersOf = async (memberId: string) => (await api.client(memberId).order.list.query({ memberId })).items.length

test('a reload in the middle of an order, and a second tab, give one order', async () => {
  const page = await atCheckout('reload')
  const keys: unknown[] = []
  let isHeld = true
  await page.context().route(ORDERS, async (route) => {
    keys.push(route.request().postDataJSON()[0].idempotencyKey)
    // Ordered, but the page never hears of it.
    const response = await route.fetch()
    if (!isHeld) await route.fulfill({ response })
  })
  await orderButton(page).click()
  await expect.poll(() => ordersOf('reload')).toBe(1)
  const second = await page.context().newPage()
  await second.goto('/')
  await second.getByText('An order of yours is on its way.').waitFor()
  isHeld = false
  await page.reload()
  await isPlaced(page)
  await second.getByText('Your order has been placed.').waitFor()
  expect(await ordersOf('reload')).toBe(1)
  expect(new Set(keys).size).toBe(1)
})

test('a lost reply: the page says that it does not know, asks again, and there is one order', async () => {
  const page = await atCheckout('cut')
  let isCut = true
  await page.route(ORDERS, async (route) => {
    const response = await route.fetch()
    await (isCut ? route.abort('connectionreset') : route.fulfill({ response }))
  })
  await orderButton(page).click()
  await page.getByText('We do not know yet whether your order was placed.').waitFor()
  expect(await orderButton(page).count()).toBe(0)
  await page.getByRole('link', { name: 'Products', exact: true }).click()
  await page.getByText('An order of yours is on its way.').waitFor()
  isCut = false
  await page.getByText('Your order has been placed.').waitFor()
  expect(await ordersOf('cut')).toBe(1)
})

test('offline and back: the order goes out once', async () => {
  const page = await atCheckout('offline')
  await page.context().setOffline(true)
  await orderButton(page).click()
  await page.getByText(/We do not know yet whether your order was placed|cannot be reached just now/).waitFor()
  expect(await ordersOf('offline')).toBe(0)
  await page.context().setOffline(false)
  await isPlaced(page)
  expect(await ordersOf('offline')).toBe(1)
})

test('a busy shop is asked again after the time that it names', async () => {
  const page = await atCheckout('busy')
  await page.route(ORDERS, (route) => route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: {} }), {
    times: 1,
  })
  await orderButton(page).click()
  await page.getByText('The shop is busy or cannot be reached just now. It goes on by itself.').waitFor()
  await page.getByText(/Asking again in \d s/).waitFor()
  await isPlaced(page)
  expect(await ordersOf('busy')).toBe(1)
})
