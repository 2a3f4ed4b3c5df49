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
