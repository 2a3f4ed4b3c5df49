import { sized } from '@jumun/test-kit/long-tests'
import { expect, test, vi } from 'vitest'
import { expectAccessible, expectContrast } from '../test-support/axe.ts'
import { everyPage, type PageIds } from '../test-support/pages.ts'
import { useWeb } from '../test-support/use-web.ts'

const { api, visit } = useWeb({ platform: 'mock', settings: { ALLOW_SELF_CHARGE: 'true', DEV_SIGN_IN: 'true' } })

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 180_000 })

const memberId = 'mina'
let made: Promise<PageIds> | undefined

/** Something to show on every page. */
async function fillShop(): Promise<PageIds> {
  const [admin, mina] = [api.client('ops', 'admin'), api.client(memberId)]
  const items = ['한라봉 차', 'Teapot', 'Cup'].map((name, index) => ({ name, price: 12_900, stock: 7 * index }))
  const { ids } = await admin.product.create.mutate({ items })
  const [, productId = 0, other = 0] = ids
  await admin.point.charge.mutate({ memberId, amount: 100_000, reason: 'A present' })
  const { id } = await mina.order.place.mutate({ memberId, items: [{ productId, quantity: 1 }] })
  await mina.order.place.mutate({ memberId, items: [{ productId: other, quantity: 1 }], payment: 'later' })
  await admin.order.cancel.mutate({ orderId: id, reason: 'Sent back' })
  await mina.cart.addItem.mutate({ memberId, productId, quantity: 2 })
  return { memberId, productId, orderId: id }
}

/** `npm run test:long` checks each app in each language. */
const COMBINATIONS = [
  ['shop', 'ko'],
  ['console', 'en'],
  ['shop', 'en'],
  ['console', 'ko'],
] as const

test.each(COMBINATIONS.slice(0, sized({ short: 2, long: 4 })))(
  'every page of the %s is accessible in %s, light and dark',
  async (app, language) => {
    made ??= fillShop()
    const ids = await made
    const who = app === 'shop' ? { memberId } : { memberId: 'ops', role: 'admin' as const }
    const page = await visit({ ...who, language })
    for (const path of everyPage(app, ids)) {
      await page.goto(path)
      await page.locator('main h1').first().waitFor()
      await expect.poll(() => page.locator('main [aria-busy=true]').count()).toBe(0)
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(language)
      await expectAccessible(page)
      // As the switch of the page does. A theme changes nothing but colours.
      await page.evaluate(() => {
        document.documentElement.dataset['theme'] = 'dark'
      })
      await expectContrast(page)
    }
  },
)
