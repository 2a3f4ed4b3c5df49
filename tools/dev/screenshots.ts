import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger, issueToken, readSettings, startApi } from '@jumun/api'
import { createJumunClient } from '@jumun/client'
import { EXAMPLE_MEMBER_ID } from '@jumun/contract'
import { startMockDataPlatform } from '@jumun/mock-data-platform'
import { takeScreenshot } from '@jumun/web/korean-font'
import { openContext } from '@jumun/web/open-context'
import { everyPage, type PageIds } from '@jumun/web/pages'
import { seedDemo } from './seed-demo.ts'

/**
 * `npm run screenshots`: takes the readme's pictures of the shop and the console, over a demo shop of its own. With a folder as argument,
 * takes every page in both sizes, themes and languages into it.
 */

const DOCS = join(import.meta.dirname, '../../docs')
const ORDERS = 40
const SECRET = `whsec_${Buffer.alloc(32, 'screenshots').toString('base64')}`

const dataDir = await mkdtemp(join(tmpdir(), 'jumun-screenshots-'))
const platform = await startMockDataPlatform({ host: '127.0.0.1', port: 0, secret: SECRET, storageFile: ':memory:' })
const api = await startApi(
  readSettings({
    DATA_DIR: dataDir,
    PORT: '0',
    DATA_PLATFORM_URL: platform.url,
    DATA_PLATFORM_SECRET: SECRET,
    ALLOW_SELF_CHARGE: 'true',
    DEV_SIGN_IN: 'true',
  }),
  createLogger('fatal'),
)
try {
  await seedDemo(api.services.em)
  const ids = await placeOrders()
  const [folder] = process.argv.slice(2)
  if (folder) await takeAll(folder, ids)
  else {
    await take({ app: 'shop', path: '/', file: join(DOCS, 'shop.png') })
    await take({ app: 'console', path: '/console/orders', file: join(DOCS, 'console.png') })
  }
} finally {
  await api.stop()
  await platform.stop()
  await rm(dataDir, { recursive: true, force: true })
}
// The browser would keep the process.
process.exit()

interface Shot {
  app: 'shop' | 'console'
  path: string
  file: string
  size?: 'phone' | 'desktop'
  theme?: 'light' | 'dark'
  language?: 'en' | 'ko'
}

async function placeOrders(): Promise<PageIds> {
  const token = await issueToken(api.authSecret, { memberId: EXAMPLE_MEMBER_ID, role: 'member', expiresInSeconds: 600 })
  const jumun = createJumunClient({ url: api.url, token })
  let orderId = ''
  for (let count = 0; count < ORDERS; count++) {
    // Unevenly, so that some products are more popular.
    const productId = 1 + (count % 4 === 0 ? 0 : count % 7)
    const items = [{ productId, quantity: 1 + (count % 3) }]
    orderId = (await jumun.order.place.mutate({ memberId: EXAMPLE_MEMBER_ID, items })).id
  }
  await jumun.cart.addItem.mutate({ memberId: EXAMPLE_MEMBER_ID, productId: 2, quantity: 2 })
  return { memberId: EXAMPLE_MEMBER_ID, productId: 1, orderId }
}

async function takeAll(folder: string, ids: PageIds): Promise<void> {
  for (const app of ['shop', 'console'] as const) {
    for (const path of everyPage(app, ids)) {
      for (const language of ['en', 'ko'] as const) {
        for (const [size, theme] of [
          ['desktop', 'light'],
          ['desktop', 'dark'],
          ['phone', 'light'],
          ['phone', 'dark'],
        ] as const) {
          const name = `${app}${path.replaceAll(/\W/g, '-')}-${size}-${theme}-${language}.png`
          await take({ app, path, file: join(folder, name), size, theme, language })
        }
      }
    }
  }
}

async function take({ app, path, file, ...looks }: Shot): Promise<void> {
  const who = app === 'shop' ? { memberId: EXAMPLE_MEMBER_ID } : { memberId: 'operator', role: 'admin' as const }
  const context = await openContext(api, { ...looks, ...who, koreanFont: true })
  const page = await context.newPage()
  await page.goto(path)
  await page.locator('main h1').first().waitFor()
  // What is read after the first paint.
  await page.waitForTimeout(1_500)
  await takeScreenshot(page, file)
  await context.close()
}
