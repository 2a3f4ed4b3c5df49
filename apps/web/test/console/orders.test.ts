import { readFile } from 'node:fs/promises'
import { beforeAll, expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb({ platform: 'mock' })

let tea = 0
beforeAll(async () => {
  const ops = api.client('ops', 'admin')
  const { ids } = await ops.product.create.mutate({ items: [{ name: '=Hallabong tea', price: 10_000, stock: 50 }] })
  tea = ids[0] ?? 0
  for (const memberId of ['mina', 'jun', 'sora']) await ops.point.charge.mutate({ memberId, amount: 100_000 })
})

const place = (memberId: string, quantity: number) =>
  api.client(memberId).order.place.mutate({ memberId, items: [{ productId: tea, quantity }] })

test('an operator finds an order by its member, cancels it with a reason, and sees points, stock and event go back', async () => {
  const order = await place('mina', 3)
  await place('jun', 1)
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/orders')
  await page.getByRole('link', { name: 'jun' }).waitFor()
  await page.getByLabel('Find by order id or member').fill('mina')
  await page.getByText('1 orders').waitFor()
  const row = page.getByRole('row').filter({ hasText: 'mina' })
  await row.getByText('Paid').click()

  await page.getByText(order.id).waitFor()
  const platform = page.getByRole('region', { name: 'Data platform' })
  await platform.getByText('The same').waitFor()
  await page.getByRole('button', { name: 'Cancel the order' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('₩30,000 goes back to mina').waitFor()
  await dialog.getByLabel('Reason').fill('Broken in the storeroom')
  await dialog.getByRole('button', { name: 'Cancel the order' }).click()

  const timeline = page.getByRole('region', { name: 'Timeline' })
  await timeline.getByText('Points returned').waitFor()
  await timeline.getByText('+₩30,000 → ₩100,000').waitFor()
  await timeline.getByText('Stock returned').waitFor()
  await timeline.getByText('3 units').last().waitFor()
  await timeline.getByText('Broken in the storeroom').first().waitFor()
  await timeline.getByRole('link', { name: 'ops' }).first().waitFor()
  await platform.getByRole('listitem').filter({ hasText: 'order.cancelled' }).getByText('Delivered').waitFor()
  await platform.getByText('The same').waitFor()
  expect(await api.client('mina').point.balance.query({ memberId: 'mina' })).toMatchObject({ balance: 100_000 })
})

test('filters survive a reload and a shared link, new orders wait behind a bar, and the list is exported', async () => {
  await place('sora', 1)
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/orders')
  await page.getByRole('button', { name: 'Paid', exact: true }).click()
  await page.getByRole('button', { name: 'More filters' }).click()
  await page.getByRole('dialog').getByLabel('Member').fill('sora')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('1 orders').waitFor()
  await page.getByRole('button', { name: 'Save view' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill('Paid by Sora')
  await page.getByRole('dialog').getByRole('button', { name: 'Save view' }).click()
  await page.reload()
  await page.getByRole('button', { name: 'Paid', exact: true, pressed: true }).waitFor()
  await page.getByRole('link', { name: 'Paid by Sora' }).waitFor()

  await page.getByText('Live', { exact: true }).waitFor()
  await place('jun', 1)
  await place('sora', 2)
  await page.getByRole('button', { name: '1 new' }).click()
  await page.getByText('2 orders').waitFor()
  await page.getByText('₩20,000').waitFor()

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await readFile((await (await downloading).path()) ?? '', 'utf8')
  const lines = file.trim().split('\r\n')
  expect(lines).toHaveLength(3)
  expect(lines[1]).toContain(`sora,PAID,20000,`)

  const other = await visit({ memberId: 'colleague', role: 'admin' })
  await other.goto(page.url())
  await other.getByText('2 orders').waitFor()
  await other.getByRole('button', { name: 'Remove filter: sora' }).click()
  await other.getByRole('link', { name: 'jun' }).first().waitFor()
})
