import { startTestApi } from '@jumun/test-kit/api'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

declare global {
  interface Window {
    source: EventSource
    quantities: number[]
    bookmarks: number
  }
}

const { api, visit } = useWeb()

async function startProcess() {
  return startTestApi(api.databaseUrl, { settings: { AUTH_SECRET: api.authSecret, WEB: 'true' } })
}

/** Follows a product with the browser's own EventSource. */
async function openEventSource(page: Page, productId: number): Promise<void> {
  await page.evaluate((id) => {
    Object.assign(window, { quantities: [], bookmarks: 0, source: new EventSource(`/api/events?topics=product:${id}`) })
    window.source.addEventListener('change', ({ data }) => window.quantities.push(JSON.parse(data).data.quantity))
    window.source.addEventListener('bookmark', () => window.bookmarks++)
  }, productId)
  await page.waitForFunction(() => window.bookmarks > 0)
}

test("a browser's EventSource gets every change once, across the stop of its process and the start of another", async () => {
  const productId = await api.shop.product({ stock: 0 })
  const addOne = () => api.client('ops', 'admin').product.update.mutate({ productId, stockDelta: 1 })
  const first = await startProcess()
  const proxy = await startTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.setTarget({ port: Number(new URL(first.url).port) })
  const page = await visit({ expectedErrors: /Failed to load resource|net::ERR/ })
  await page.goto(`http://127.0.0.1:${proxy.port}/products`)
  await openEventSource(page, productId)
  for (let count = 0; count < 3; count++) await addOne()
  await page.waitForFunction(() => window.quantities.length === 3)

  const stopped = first.close()
  for (let count = 0; count < 3; count++) await addOne()
  await stopped
  await addOne()
  const second = await startProcess()
  onTestFinished(() => second.close())
  proxy.setTarget({ port: Number(new URL(second.url).port) })
  await addOne()

  await page.waitForFunction(() => window.quantities.length >= 8)
  await addOne()
  await page.waitForFunction(() => window.quantities.at(-1) === 9)
  expect(await page.evaluate(() => window.quantities)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(await page.evaluate(() => window.source.readyState)).toBe(1)
})

test('six tabs have one stream; when its tab closes, another one goes on', async () => {
  const productId = await api.shop.product({ stock: 100 })
  const first = await visit()
  const tabs = [first, ...(await Promise.all([1, 2, 3, 4, 5].map(() => first.context().newPage())))]
  for (const tab of tabs) {
    await tab.goto(`/product/${productId}`)
    await tab.getByText('100 left').waitFor()
  }
  await expect.poll(streams).toBe(1)
  await api.client('ops', 'admin').product.update.mutate({ productId, stockDelta: -50 })
  for (const tab of tabs) await tab.getByText('50 left').waitFor()

  await first.close()
  await api.client('ops', 'admin').product.update.mutate({ productId, stockDelta: -43 })
  for (const tab of tabs.slice(1)) await tab.getByText('7 left').waitFor()
  await expect.poll(streams).toBe(1)
})

/** How many streams of changes the API serves. */
async function streams(): Promise<number> {
  const text = await (await fetch(`${api.url}/metrics`)).text()
  const counts = [...text.matchAll(/^jumun_streams\{.*\} (\d+)$/gm)].map(([, count]) => Number(count))
  return counts.reduce((sum, count) => sum + count, 0)
}
