import { test } from 'vitest'
import { expectAccessible } from '../test-support/axe.ts'

import { useWeb } from '../test-support/use-web.ts'

const { api, visit } = useWeb()

test('every page of the shop is accessible', async () => {
  await api.client('ops', 'admin').product.create.mutate({ items: [{ name: '한라봉 차', price: 12_900, stock: 7 }] })
  const page = await visit({ memberId: 'mina', language: 'ko', koreanFont: true })
  await page.goto('/products')
  await page.getByText('7개 남음').waitFor()
  await expectAccessible(page)
})
