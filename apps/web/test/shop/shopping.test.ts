import type { Route } from 'playwright-core'
import { expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb({ settings: { ALLOW_SELF_CHARGE: 'true', DEV_SIGN_IN: 'true' } })
const REFUSED = /status of 409/

async function sell(name: string, price: number, stock: number): Promise<number> {
  const { ids } = await api.client('ops', 'admin').product.create.mutate({ items: [{ name, price, stock }] })
  return ids[0] as number
}

async function giveMember(memberId: string, amount: number): Promise<void> {
  await api.client('ops', 'admin').point.charge.mutate({ memberId, amount })
}

const ordersOf = async (memberId: string) => (await api.client(memberId).order.list.query({ memberId })).items

test('a first order: from the first page over the cart to the order, the orders and the points', async () => {
  await sell('Hallabong tea', 12_900, 7)
  await giveMember('mina', 50_000)
  const page = await visit({ memberId: 'mina' })
  await page.goto('/')
  await page.getByRole('link', { name: /Hallabong tea/ }).click()
  await page.getByRole('button', { name: 'One more' }).click()
  await page.getByRole('button', { name: 'Add to cart' }).click()
  await page.getByRole('link', { name: /See the cart \(2\)/ }).click()
  // The quantity is still to be sent when its cart is ordered.
  await page.getByRole('button', { name: 'One less' }).click()
  await page.getByRole('link', { name: 'To the checkout' }).click()
  // Two clicks are one order.
  await page.getByRole('button', { name: 'Order and pay ₩12,900' }).dblclick()
  await page.getByText('Thank you. Your order has been placed.').waitFor()
  expect(await page.title()).toBe('Order · Jumun')
  expect(await ordersOf('mina')).toMatchObject([{ status: 'PAID', total: 12_900, items: [{ quantity: 1 }] }])
  await expect.poll(() => page.getByRole('link', { name: 'Cart 0' }).count()).toBe(1)

  await page.getByRole('link', { name: 'Orders', exact: true }).click()
  await page.getByRole('link', { name: /Hallabong tea.*₩12,900.*Paid/ }).waitFor()
  await page.getByRole('link', { name: 'Points', exact: true }).click()
  await page.getByText('-₩12,900').waitFor()
  await page.getByLabel('Points to charge').fill('5000')
  await page.getByRole('button', { name: 'Charge', exact: true }).click()
  await page.getByText('₩42,100').first().waitFor()
})

test('the last unit goes to one of two browsers, and the other one sees it at once', async () => {
  const [last, few] = [await sell('Last teapot', 30_000, 1), await sell('Few cups', 4_000, 5)]
  for (const memberId of ['first', 'second']) await giveMember(memberId, 100_000)
  const first = await visit({ memberId: 'first' })
  const second = await visit({ memberId: 'second', expectedErrors: REFUSED })
  const watching = await second.context().newPage()
  await Promise.all([
    first.goto(`/checkout?product=${last}&quantity=1`),
    second.goto(`/checkout?product=${last}&quantity=1`),
    watching.goto(`/product/${last}`),
  ])
  await watching.getByText('1 left').waitFor()
  await second.getByRole('button', { name: /Order and pay/ }).waitFor()
  await first.getByRole('button', { name: /Order and pay/ }).click()
  await first.getByText('Thank you').waitFor()

  await watching.getByText('Sold out', { exact: true }).waitFor()
  await expect.poll(() => watching.getByRole('status').allTextContents()).toContain('Last teapot is sold out.')
  expect(await watching.getByRole('button', { name: 'Buy now' }).isDisabled()).toBe(true)
  await second.getByRole('button', { name: /Order and pay/ }).click()
  await second.getByText('Last teapot: nothing left').waitFor()
  expect(await ordersOf('second')).toEqual([])

  await second.goto(`/checkout?product=${few}&quantity=5`)
  await second.getByRole('button', { name: /Order and pay/ }).waitFor()
  await api.client('ops', 'admin').product.update.mutate({ productId: few, stockDelta: -2 })
  await second.getByRole('button', { name: /Order and pay/ }).click()
  await second.getByRole('button', { name: 'Take the 3 left for ₩12,000' }).click()
  await second.getByText('Thank you').waitFor()
  expect(await ordersOf('second')).toMatchObject([{ items: [{ productId: few, quantity: 3 }] }])
})

test('a price that changed is asked about, and missing points are charged', async () => {
  const tea = await sell('Barley tea', 8_000, 10)
  const page = await visit({ memberId: 'poor', expectedErrors: REFUSED })
  await page.goto(`/checkout?product=${tea}&quantity=2`)
  await page.getByRole('button', { name: 'Order and pay ₩16,000' }).waitFor()
  // Not announced to the page yet when it orders.
  const changePrice = async (route: Route) => {
    await api.client('ops', 'admin').product.update.mutate({ productId: tea, price: 9_000 })
    await route.continue()
  }
  await page.route('**/trpc/order.place*', changePrice, { times: 1 })
  await page.getByRole('button', { name: 'Order and pay ₩16,000' }).click()
  await page.getByText('it was ₩16,000, it is ₩18,000 now').waitFor()
  await page.getByText('Barley tea: ₩8,000 ₩9,000').waitFor()
  await page.getByRole('button', { name: 'Order for ₩18,000' }).click()
  await page.getByText('₩18,000 are missing: you have ₩0').waitFor()
  await page.getByRole('button', { name: 'Charge ₩18,000' }).click()
  await page.getByText('Thank you').waitFor()
  expect(await ordersOf('poor')).toMatchObject([{ status: 'PAID', total: 18_000 }])
})

test('an unpaid order counts down, and is cancelled', async () => {
  const tea = await sell('Green tea', 7_000, 3)
  const page = await visit({ memberId: 'later' })
  await page.goto(`/checkout?product=${tea}&quantity=3`)
  await page.getByLabel('Pay later').check()
  await page.getByRole('button', { name: 'Order, and pay within 15 minutes' }).click()
  await page.getByText(/Time left to pay: 1[45]:\d\d/).waitFor()
  await page.getByRole('button', { name: 'Cancel the order' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click()
  await page.getByText('Cancelled').first().waitFor()
  expect(await ordersOf('later')).toMatchObject([{ status: 'CANCELLED' }])
  expect(await api.client('later').product.byId.query({ productId: tea })).toMatchObject({ stock: 3 })
})

test('a page of a member leads to the sign-in and back, and signing out ends it', async () => {
  const page = await visit()
  await page.goto('/orders')
  await page.getByLabel('Member id').fill('newcomer')
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('You have not ordered anything yet.').waitFor()
  expect(new URL(page.url()).pathname).toBe('/orders')
  await page.getByText('newcomer').click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
})

test('products are found by a part of their name, which stands in the URL', async () => {
  await sell('Quince jam', 5_000, 1)
  const page = await visit()
  await page.goto('/products')
  await page.getByRole('searchbox').fill('quin')
  await page.getByRole('heading', { name: 'Found for “quin”' }).waitFor()
  await expect.poll(() => page.getByRole('main').getByRole('listitem').count()).toBe(1)
  expect(new URL(page.url()).search).toBe('?search=quin')
  await page.goto('/products?search=nothing-like-it')
  await page.getByText('No product has “nothing-like-it” in its name.').waitFor()
})
