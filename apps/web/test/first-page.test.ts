import { expect, test } from 'vitest'
import { useWeb } from '../test-support/use-web.ts'

const { api, visit } = useWeb()

test('the first page shows what is for sale before any request', async () => {
  await api
    .client('ops', 'admin')
    .product.create.mutate({ items: [{ name: 'Hallabong tea', price: 12_900, stock: 7 }] })
  const page = await visit({ memberId: 'mina' })
  await page.goto('/products')
  await page.getByText('7 left').waitFor()
  await api.client('ops', 'admin').product.update.mutate({ productId: 1, stockDelta: -3 })
  await page.getByText('4 left').waitFor()
  expect(await page.title()).toBe('Products · Jumun')
})

test('the page says who is signed in, unless a link of another site led to it', async () => {
  const { request } = (await visit({ memberId: 'mina' })).context()
  const sessionIn = async (site: string) => {
    const html = await (await request.get('/', { headers: { 'sec-fetch-site': site } })).text()
    return JSON.parse(/<script id="page-data"[^>]*>(.*?)<\/script>/.exec(html)?.[1] ?? '{}').session
  }
  expect(await sessionIn('none')).toMatchObject({ session: { memberId: 'mina', role: 'member' } })
  expect(await sessionIn('cross-site')).toBeUndefined()
})
