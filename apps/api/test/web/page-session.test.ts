import type { SessionView } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test, vi } from 'vitest'
import { fetchAsPage, signIn } from '../../test-support/browser.ts'
import { appOf, dataOf, navigate } from '../../test-support/pages.ts'

const api = useApi({ settings: { WEB: 'true' } })

const nobody = { session: null, signIn: { development: false, provider: false }, selfCharge: false }

async function sessionIn(path: string, headers: Record<string, string>) {
  const response = await navigate(api.url + path, headers)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return dataOf(await response.text()).session
}

test.each(['/', '/orders', '/console', '/console/orders', '/nothing'])(
  'the page at %s begins with what GET /session answers, and with no token',
  async (path) => {
    const { cookie } = await signIn(api, { memberId: 'mina', role: 'admin' })
    const response = await navigate(api.url + path, { cookie })
    const html = await response.text()
    const answer = (await (await fetchAsPage(api, '/session', { headers: { cookie } })).json()) as SessionView
    expect(dataOf(html).session).toEqual(answer)
    expect(answer.session).toMatchObject({ memberId: 'mina', role: 'admin' })
    expect(html).not.toContain(cookie.split('=')[1])
    expect(await sessionIn(path, {})).toEqual(nobody)
  },
)

test.each(['jumun=', 'jumun=a.b.c', 'jumun=%00', `jumun=${'x'.repeat(4_000)}`])(
  'a page is answered for nobody where the cookie is %.20s',
  async (cookie) => {
    expect(await sessionIn('/', { cookie })).toEqual(nobody)
  },
)

test('a session that has ended is none, and a bearer token or the cookie of another purpose is no session', async () => {
  const { cookie } = await signIn(api, { memberId: 'mina', role: 'member' })
  expect(await sessionIn('/', { cookie: `jumun=${await api.token('mina')}` })).toEqual(nobody)
  expect(await sessionIn('/', { authorization: `Bearer ${await api.token('mina')}` })).toEqual(nobody)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 13 * 3_600_000 })
  expect(await sessionIn('/', { cookie })).toEqual(nobody)
  vi.useRealTimers()
})

test('a page that is asked for prolongs the session', async () => {
  const { cookie } = await signIn(api, { memberId: 'mina', role: 'member' })
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
  const response = await navigate(`${api.url}/cart`, { cookie })
  const { session } = dataOf(await response.text())
  expect(Date.parse(session?.session?.expiresAt ?? '')).toBeGreaterThan(Date.now() + 11.9 * 3_600_000)
  expect(response.headers.get('set-cookie')).toMatch(/^jumun=\S+;.*HttpOnly/)
  vi.useRealTimers()
})

test('a page to which another site leads does not say that nobody is signed in, because the browser keeps the cookie back', async () => {
  for (const site of ['cross-site', 'same-site'])
    expect(await sessionIn('/', { 'sec-fetch-site': site })).toBeUndefined()
  // A browser without the header does not say what leads here.
  const response = await fetch(api.url, { headers: { accept: 'text/html' } })
  const html = await response.text()
  expect([appOf(html), dataOf(html).session]).toEqual(['shop', undefined])
})
