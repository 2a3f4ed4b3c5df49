import { test } from 'vitest'
import { expectAccessible } from '../../test-support/axe.ts'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()

test('everything is reached by the keyboard alone, and focus comes back', async () => {
  const ops = api.client('ops', 'admin')
  await ops.product.create.mutate({ items: [{ name: 'Tea', price: 1_000, stock: 9 }] })
  for (const memberId of ['mina', 'minsu']) await ops.point.charge.mutate({ memberId, amount: 5_000 })
  const order = await ops.order.place.mutate({ memberId: 'mina', items: [{ productId: 1, quantity: 1 }] })
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/members')
  await page.getByRole('link', { name: 'minsu' }).waitFor()

  // Rows: into the table, down, open.
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.getByRole('row').filter({ hasText: 'minsu' }).and(page.locator(':focus')).waitFor()

  const dialog = page.getByRole('dialog')
  const openPalette = async () => {
    await page.keyboard.press('Control+k')
    await dialog.getByRole('combobox').and(page.locator(':focus')).waitFor()
  }
  await openPalette()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('row').filter({ hasText: 'minsu' }).and(page.locator(':focus')).waitFor()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/console/members/minsu')

  // The palette finds an order, and the actions of its page.
  await openPalette()
  await page.keyboard.type(order.id)
  await dialog.getByRole('option').filter({ hasText: order.id }).waitFor()
  await expectAccessible(page)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/console/orders/${order.id}`)
  await page.getByRole('heading', { name: 'Timeline' }).waitFor()
  await openPalette()
  await page.keyboard.type('cancel')
  await dialog.getByRole('option', { name: 'Cancel the order' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Cancel this order?' }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  // Keys: the list of them, and pages.
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.keyboard.press('o')
  await page.waitForURL('**/console/orders')
  await page.getByRole('heading', { level: 1, name: 'Orders' }).waitFor()
})

test('times follow one switch on every page, and who is no operator is sent to sign in', async () => {
  const ops = api.client('ops', 'admin')
  const order = await ops.order.place.mutate({ memberId: 'mina', items: [{ productId: 1, quantity: 1 }] })
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto(`/console/orders/${order.id}`)
  await page.getByLabel('Time', { exact: true }).selectOption('utc')
  await page.getByText(/ UTC$/).first().waitFor()
  await page.reload()
  await page.getByText(/ UTC$/).first().waitFor()
  await page.getByLabel('Time', { exact: true }).selectOption('relative')
  await page
    .getByText(/ago|now/)
    .first()
    .waitFor()

  const member = await visit({ memberId: 'mina' })
  await member.goto('/console/orders')
  await member.getByText('You are signed in as mina, who is no operator.').waitFor()
  await expectAccessible(member)
})
