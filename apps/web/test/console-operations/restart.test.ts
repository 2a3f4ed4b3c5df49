import { startTestApi } from '@jumun/test-kit/api'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { onTestFinished, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()

test('an open page says that it is cut off, and goes on by itself with the process that follows', async () => {
  const proxy = await startTcpProxy()
  onTestFinished(() => proxy.close())
  proxy.setTarget({ port: Number(new URL(api.url).port) })
  const page = await visit({ memberId: 'ops', role: 'admin', expectedErrors: /Failed to load resource|net::ERR/ })
  await page.route('**/assets/*-chart-*.js', (route) => route.abort())
  await page.goto(`http://127.0.0.1:${proxy.port}/console`)
  await page.getByText('Live', { exact: true }).waitFor()
  const process = page.getByText(/^Process \w+, running since/)
  await page.getByText('The chart could not be loaded.').first().waitFor()
  const before = (await process.textContent()) ?? ''

  await proxy.setMode({ kind: 'refuse' })
  await page.getByText('Not live').waitFor()
  const next = await startTestApi(api.databaseUrl, { settings: { AUTH_SECRET: api.authSecret, WEB: 'true' } })
  onTestFinished(() => next.close())
  proxy.setTarget({ port: Number(new URL(next.url).port) })
  await proxy.setMode({ kind: 'open' })
  await page.getByText('Live', { exact: true }).waitFor()
  await process.filter({ hasNotText: before.slice(0, 'Process 123456'.length) }).waitFor()

  const product = await next.shop.product()
  const memberId = await next.shop.member()
  await next.shop.place({ memberId, items: [{ productId: product, quantity: 1 }] })
  await page.getByRole('table', { name: 'Last orders' }).getByText('₩1,000').waitFor()
})
