import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { expectAccessible } from '../../test-support/axe.ts'
import { longestTasksWhile } from '../../test-support/main-thread.ts'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()
const ops = () => api.client('ops', 'admin')

async function make(...items: { name: string; price: number; stock: number }[]): Promise<number[]> {
  return (await ops().product.create.mutate({ items })).ids
}

const product = async (productId: number) => await ops().product.byId.query({ productId })

const cellOf = (page: Page, name: string, column: string) =>
  page.getByRole('row').filter({ hasText: name }).locator(`[data-column="${column}"]`)

async function edit(page: Page, name: string, column: string, text: string): Promise<void> {
  await cellOf(page, name, column).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('textbox', { name: `, ${name}` }).fill(text)
  await page.keyboard.press('Enter')
}

test('two operators change one cell: the second sees both values and chooses, and nothing else of the draft is lost', async () => {
  const [tea = 0, cup = 0] = await make(
    { name: 'Two tea', price: 1_000, stock: 10 },
    { name: 'Two cup', price: 2_000, stock: 5 },
  )
  const page = await visit({ memberId: 'ops', role: 'admin', expectedErrors: /409/ })
  await page.goto('/console/products?search=Two')
  await edit(page, 'Two tea', 'price', '1500')
  await edit(page, 'Two tea', 'stock', '+5')
  await edit(page, 'Two cup', 'price', '0')
  await page.getByRole('alert').getByText('A price is').waitFor()
  await page.keyboard.press('Escape')
  await edit(page, 'Two cup', 'name', 'Two mugs')
  // Another one is first, and the page is loaded again with the draft.
  await api.client('other', 'admin').product.update.mutate({ productId: tea, price: 1_200 })
  await page.reload()
  const bar = page.getByRole('region', { name: 'Changes that are not saved' })
  await bar.getByText('₩1,000 → ₩1,500').waitFor()
  await bar.getByLabel('Reason for the stock').fill('Delivery')
  await expectAccessible(page)
  await bar.getByRole('button', { name: 'Save 2' }).click()
  await bar.getByText('Changed meanwhile, now: Price ₩1,200').waitFor()
  expect(await product(tea)).toMatchObject({ price: 1_200, stock: 10 })
  expect(await product(cup)).toMatchObject({ name: 'Two mugs' })
  await bar.getByRole('button', { name: 'Mine' }).click()
  await bar.getByText('₩1,200 → ₩1,500').waitFor()
  await bar.getByRole('button', { name: 'Save 1' }).click()
  await bar.waitFor({ state: 'detached' })
  expect(await product(tea)).toMatchObject({ price: 1_500, stock: 15 })

  await page.getByRole('button', { name: 'Details of Two tea' }).click()
  const panel = page.getByRole('complementary', { name: 'Details of Two tea' })
  await panel.getByText('Delivery').waitFor()
  await panel.getByRole('button', { name: 'Take off sale' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take off sale' }).click()
  await panel.getByText('Removed').waitFor()
  await expect(product(tea)).rejects.toThrow()
})

test('a pasted column is saved once, though a reply is lost and the page is loaded again', async () => {
  const ids = await make(
    ...Array.from({ length: 30 }, (_, index) => ({ name: `Paste ${index}.`, price: 100, stock: 50 })),
  )
  const page = await visit({ memberId: 'ops', role: 'admin', expectedErrors: /ERR_FAILED/ })
  await page.goto('/console/products?search=Paste')
  await cellOf(page, 'Paste 0.', 'stock').focus()
  await page.evaluate(
    (text) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', text)
      document.activeElement?.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
      )
    },
    Array.from({ length: 30 }, (_, index) => (index === 7 ? 'seven' : `+${index + 1}`)).join('\r\n'),
  )
  await page.getByText('29 cells filled, 1 left').waitFor()
  // The changes arrive; their replies do not.
  let lost = 0
  await page.route(/product\.update/, async (route) => {
    await route.fetch()
    lost += 1
    await route.abort()
  })
  await page.getByRole('button', { name: 'Save 29' }).click()
  await expect.poll(() => lost).toBeGreaterThan(0)
  await page.unroute(/product\.update/)
  await page.reload()
  await page.getByRole('region', { name: 'Changes that are not saved' }).getByText('9 products').waitFor()
  await page.getByRole('button', { name: 'Save 9' }).click()
  await page.getByRole('region', { name: 'Changes that are not saved' }).waitFor({ state: 'detached' })
  for (const [index, id] of ids.entries()) {
    expect((await product(id)).stock).toBe(index === 7 ? 50 : 50 + index + 1)
  }
})

const ROWS = 10_000
const ROWS_OF_PAGE = 1_000

test('ten thousand rows scroll without a long task', async () => {
  const page = await visit({ memberId: 'ops', role: 'admin' })
  // Pages ten times as long as those of the API, which would take most of the time of this test.
  await page.route(/admin\.products/, (route) => {
    const input = JSON.parse(new URL(route.request().url()).searchParams.get('input') ?? '{}')
    const first = Number(input[0]?.cursor ?? 0)
    const next = first + ROWS_OF_PAGE
    const items = Array.from({ length: ROWS_OF_PAGE }, (_, index) => rowOf(first + index))
    return route.fulfill({ json: [{ result: { data: { items, nextCursor: next < ROWS ? `${next}` : null } } }] })
  })
  await page.goto('/console/products')
  await page.getByRole('gridcell', { name: 'Row 0', exact: true }).waitFor()
  const tasks = await longestTasksWhile(page, () => page.evaluate(scrollTo, `Row ${ROWS - 1}`))
  expect(tasks.filter(({ cpuMs }) => cpuMs > 50)).toEqual([])
  expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(`${ROWS + 1}`)
})

const rowOf = (index: number) => ({
  id: index + 1,
  name: `Row ${index}`,
  price: 100,
  stock: 5,
  key: null,
  createdAt: '2026-11-30T00:00:00.000Z',
  removedAt: null,
})

/** Scrolls by ten screens a frame, each of which draws all rows in sight anew, until a row is shown. */
async function scrollTo(name: string): Promise<void> {
  const table = document.querySelector('[role=grid]')
  const scroller = table?.parentElement
  while (!table?.textContent.includes(name)) {
    if (!scroller) throw new Error('There is no grid.')
    scroller.scrollTop += 10 * scroller.clientHeight
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}
