import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { appOf, NAVIGATION, navigate } from '../../test-support/pages.ts'

const api = useApi({ settings: { WEB: 'true' } })
const withoutPages = useApi()

test.each([
  ['/nothing', 'shop'],
  ['/product/1/2', 'shop'],
  ['/products/', 'shop'],
  ['/consoles', 'shop'],
  ['/apiary', 'shop'],
  ['/%F0%9F%8D%B5?x=1', 'shop'],
  ['/console/nothing', 'console'],
  ['/console/orders/1/2', 'console'],
])('a browser that goes to %s gets the page of the %s that says so', async (path, app) => {
  const response = await navigate(api.url + path)
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(appOf(await response.text())).toBe(app)
  const head = await navigate(api.url + path, {}, 'HEAD')
  expect([head.status, await head.text()]).toEqual([404, ''])
})

test.each([
  '/api/nothing',
  '/api',
  '/trpc',
  '/session/nothing',
  '/docs/nothing',
  '/assets/nothing.js',
  '/assets',
  '/metrics/x',
  '/readyz/',
])('a browser that goes to %s gets a problem, and no page', async (path) => {
  const response = await navigate(api.url + path)
  expect(response.status).toBe(404)
  expect(response.headers.get('content-type')).toMatch(/^application\/(problem\+)?json/)
})

test.each<[string, string, Record<string, string>]>([
  ['a program', 'GET', { accept: '*/*' }],
  ['an image', 'GET', { accept: 'image/avif,*/*;q=0.8' }],
  ['a script that sends something', 'POST', { accept: 'text/html', 'content-type': 'application/json' }],
])('%s that asks for an unknown path gets a problem', async (_, method, headers) => {
  const body = method === 'POST' ? { body: '{}' } : {}
  const response = await fetch(`${api.url}/nothing`, { method, headers, ...body })
  expect(await response.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})

test('a known path with another method is 405 for everybody', async () => {
  for (const path of ['/', '/cart', '/console/orders/1', '/assets/x.js']) {
    const headers = { ...NAVIGATION, 'content-type': 'application/json' }
    const response = await fetch(api.url + path, { method: 'POST', headers, body: '{}' })
    const isAsset = path.startsWith('/assets')
    expect([path, response.status]).toEqual([path, isAsset ? 404 : 405])
    if (!isAsset) expect(response.headers.get('allow')).toBe('GET, HEAD')
  }
})

test('with WEB=false a browser gets a problem, and / leads to the reference', async () => {
  for (const path of ['/nothing', '/console', '/products']) {
    const response = await navigate(withoutPages.url + path)
    expect(await response.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  }
  expect((await navigate(withoutPages.url)).headers.get('location')).toBe('/docs')
})
