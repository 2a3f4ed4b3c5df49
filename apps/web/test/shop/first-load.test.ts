import { createSignInCode } from '@jumun/domain'
import { expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const settings = { AUTH_ISSUER: 'http://127.0.0.1:9', AUTH_CLIENT_ID: 'shop', AUTH_CLIENT_SECRET: 'secret' }
const { api, visit } = useWeb({ settings })

test('a page learns who is signed in from a sign-in link, and later waits for no request to know it', async () => {
  const page = await visit()
  const code = await createSignInCode(api.services.em, { memberId: 'mina', role: 'member' })
  await page.goto(`/points#code=${code}`)
  const account = page.locator('summary', { hasText: 'mina' })
  await account.waitFor()
  // It is never answered.
  await page.route('**/session', () => {})
  await page.reload()
  await account.waitFor()
})

test.each([
  ['/', 'Popular now', /^What was bought most/],
  ['/products', 'Products', /^Everything that is for sale/],
])('%s shows what it is about before its scripts have arrived', async (path, heading, lead) => {
  const page = await visit()
  // None is ever answered.
  await page.route('**/*.js', () => {})
  await page.goto(path, { waitUntil: 'commit' })
  await page.getByRole('heading', { name: heading, exact: true }).waitFor()
  await page.locator('main > .lead', { hasText: lead }).waitFor()
  await page.goto('/products?search=tea', { waitUntil: 'commit' })
  await page.locator('header').waitFor()
  expect(await page.locator('main').count()).toBe(0)
})

test.each([
  ['en', 'There is no such page', 'This sign-in took too long or was used already. You are not signed in.'],
  ['ko', '없는 페이지입니다', '로그인 시간이 지났거나 이미 사용된 로그인입니다. 로그인되지 않았습니다.'],
] as const)('in %s, an unknown address and a refused sign-in are explained', async (language, notFound, refused) => {
  const page = await visit({ language, expectedErrors: /404/ })
  const response = await page.goto('/nothing')
  expect(response?.status()).toBe(404)
  await page.getByRole('heading', { name: notFound }).waitFor()
  await page.goto('/sign-in?refused=UNAUTHENTICATED&then=%2Fcart')
  await page.getByRole('alert').getByText(refused).waitFor()
  const again = page.getByRole('link', { name: { en: 'Try again', ko: '다시 시도' }[language] })
  expect(await again.getAttribute('href')).toBe('/session/provider?returnTo=%2Fcart')
})
