import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { useApi } from '@jumun/test-kit/api'
import Fastify from 'fastify'
import { expect, test, vi } from 'vitest'
import { notBuiltRoutes, readWeb, WEB_DIST } from '../../src/http/web/web.ts'
import { appOf, dataOf, navigate } from '../../test-support/pages.ts'

const api = useApi({ settings: { WEB: 'true' } })
const paths = JSON.parse(await readFile(`${WEB_DIST}/page-paths.json`, 'utf8')) as Record<'shop' | 'console', string[]>
const addresses = [
  ...paths.shop.map((path) => ['shop', path.replace(/:\w+/, '1')] as const),
  ...paths.console.map((path) => ['console', `/console${path.replace(/:\w+/, '1')}`] as const),
  ['console', '/console'] as const,
]

test.each(addresses)(
  'the page of the %s at %s may run and load only files of its own, and is not kept',
  async (app, path) => {
    const response = await navigate(api.url + path)
    expect(response.status).toBe(200)
    const headers = Object.fromEntries(response.headers)
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy':
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';base-uri 'none';" +
        "form-action 'self';frame-ancestors 'none';require-trusted-types-for 'script'",
    })
    const html = await response.text()
    expect(appOf(html)).toBe(app)
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|(?:src|href)="(?!\/)/)
    const scripts = html.match(/<script\b[^>]*>/g) ?? []
    for (const tag of scripts) expect(tag).toMatch(/ src="\/assets\/| type="application\/json"/)
  },
)

test.each([
  ['ko-KR,ko;q=0.9,en;q=0.8', '', 'ko'],
  ['fr,en;q=0.8,ko;q=0.5', '', 'en'],
  ['fr', '', 'en'],
  ['', '', 'en'],
  ['ko', 'jumun-language=en', 'en'],
  ['en', 'a=b; jumun-language=ko', 'ko'],
  ['ko', 'jumun-language="><script>', 'ko'],
])('for Accept-Language %j and the cookie %j a page is in %j', async (accepted, cookie, language) => {
  for (const [path, app] of [
    ['/', 'shop'],
    ['/console', 'console'],
    ['/nothing', 'shop'],
  ] as const) {
    const html = await (await navigate(api.url + path, { 'accept-language': accepted, cookie })).text()
    expect(html).toContain(`<html lang="${language}"`)
    expect(html).toContain(`/assets/${app}.${language}-`)
  }
})

test.each([
  ['jumun-theme=dark', ' data-theme="dark">'],
  ['jumun-theme=light', ' data-theme="light">'],
  ['jumun-theme=auto', '>'],
  ['jumun-theme="><script>', '>'],
  ['', '>'],
])('with the cookie %j the root element ends with %j', async (cookie, end) => {
  expect(await (await navigate(api.url, { cookie })).text()).toContain(`<html lang="en"${end}`)
})

test('the first page and the list begin with products, whatever these are called', async () => {
  const names = ['</script><script>alert(1)</script>', '<!--', '<script', '\u2028 & "quotes"', '$& $1']
  for (const name of names) await api.shop.product({ name })
  for (const path of ['/', '/products']) {
    const html = await (await navigate(api.url + path)).text()
    const data = dataOf(html)
    expect(data['product.list']?.items.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
    expect(data).toHaveProperty('popular.products')
    expect(html).not.toMatch(/alert\(1\)<|<!--|<script[^\n>]*script/)
    expect(html.match(/<\/script/g)).toHaveLength((html.match(/<script/g) ?? []).length)
  }
  for (const path of ['/cart', '/products?search=tea', '/console'])
    expect(Object.keys(dataOf(await (await navigate(api.url + path)).text()))).toEqual(['session'])
})

test('a page is answered without products while the database hangs, and while it is away', async () => {
  const isAnswered = async () => {
    const response = await navigate(api.url)
    expect([response.status, Object.keys(dataOf(await response.text()))]).toEqual([200, ['session']])
  }
  const fork = vi.spyOn(api.services.reads, 'fork').mockImplementation(() => {
    throw new Error('away')
  })
  await isAnswered()
  const { promise, resolve } = Promise.withResolvers<never[]>()
  const never = new Proxy(api.services.reads, { get: () => () => promise })
  fork.mockReturnValue(never)
  await isAnswered()
  fork.mockRestore()
  resolve([])
})

const scripts = (await readdir(`${WEB_DIST}/assets`)).filter((name) => name.endsWith('.js'))

/** Without the decoding of `fetch`. */
function getAsset(path: string, encoding: string, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status?: number
    headers: Record<string, unknown>
    length: number
  }>()
  const sent = httpRequest(api.url, { path, method, headers: { 'accept-encoding': encoding } }, (response) => {
    let length = 0
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, length }))
  })
  sent.on('error', reject)
  sent.end()
  return promise
}

test.each([
  ['br, gzip', 'br'],
  ['gzip', 'gzip'],
  ['identity', undefined],
  ['', undefined],
])('a file is sent to a browser that takes %j as %j, to be kept for good', async (accepted, encoding) => {
  const [name = ''] = scripts
  const { status, headers, length } = await getAsset(`/assets/${name}`, accepted)
  expect(status).toBe(200)
  expect(headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'application/javascript; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  })
  expect(headers['content-encoding']).toBe(encoding)
  expect(String(headers['vary']).toLowerCase()).toContain('accept-encoding')
  const suffix = { br: '.br', gzip: '.gz' }[encoding ?? ''] ?? ''
  expect(length).toBe((await readFile(`${WEB_DIST}/assets/${name}${suffix}`)).length)
  const head = await getAsset(`/assets/${name}`, accepted, 'HEAD')
  expect([head.status, head.length, head.headers['content-encoding']]).toEqual([200, 0, encoding])
})

test.each([
  '/assets/..%2f.stamp',
  '/assets/../.stamp',
  '/assets/%2e%2e/.stamp',
  '/assets/..%5c.stamp',
  '/assets/..%2f..%2fpackage.json',
  '/assets/%00',
  '/assets//etc/passwd',
  '/assets/',
  '/.stamp',
  '/shop.en.html',
  '/page-paths.json',
])('%s leads to no file', async (path) => {
  const { status, headers } = await getAsset(path, 'identity')
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(500)
  expect(headers['content-type']).toMatch(/json/)
  expect(headers['cache-control']).toBe('no-store')
})

test('where nothing is built, the pages say how to build them', async () => {
  const folder = import.meta.dirname
  expect(await readWeb({ services: api.services, readSession: async () => undefined, folder })).toBeUndefined()
  const server = Fastify()
  await server.register(notBuiltRoutes)
  for (const url of ['/', '/console', '/console/orders']) {
    const { statusCode, body } = await server.inject({ url })
    expect([statusCode, body]).toEqual([200, expect.stringContaining('npm run web')])
  }
  await server.close()
})
