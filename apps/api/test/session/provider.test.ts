import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { freePort } from '@jumun/test-kit/ports'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { cookieOf, fetchAsPage } from '../../test-support/browser.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type IdentityProvider,
  startIdentityProvider,
} from '../../test-support/identity-provider.ts'
import { appOf, NAVIGATION } from '../../test-support/pages.ts'

const database = useTestDatabase()
let provider: IdentityProvider
let api: TestApi

beforeAll(async () => {
  const PORT = String(await freePort())
  provider = await startIdentityProvider([`http://127.0.0.1:${PORT}/session/callback`])
  const AUTH = { AUTH_ISSUER: provider.issuer, AUTH_CLIENT_ID: CLIENT_ID, AUTH_CLIENT_SECRET: CLIENT_SECRET }
  const settings = { ...AUTH, AUTH_JWKS_URL: `${provider.issuer}/jwks`, PORT, TRUST_PROXY: '1', WEB: 'true' }
  api = await startTestApi(database.url, { settings })
})
afterAll(async () => {
  await api.close()
  await provider.close()
})
beforeEach(() => {
  provider.answer = { sub: 'mina' }
  provider.fault = undefined
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** What a browser does: it follows redirects, and keeps the cookies of each host. */
class Browser {
  readonly cookies = new Map<string, string>()

  async get(url: string, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { redirect: 'manual', headers: { cookie, ...headers } })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }

  /** Follows redirects until one leads to the callback, and returns its address. */
  async untilCallback(returnTo?: string): Promise<string> {
    const query = returnTo === undefined ? '' : `?returnTo=${encodeURIComponent(returnTo)}`
    let url = `${api.url}/session/provider${query}`
    while (!url.startsWith(`${api.url}/session/callback`)) {
      const response = await this.get(url)
      expect([302, 303], `${url} ${await response.text()}`).toContain(response.status)
      url = new URL(response.headers.get('location') ?? '', url).href
    }
    return url
  }
}

const readSession = async (cookie: string) => (await fetchAsPage(api, '/session', { headers: { cookie } })).json()

async function expectRefused(response: Response, status: number, code: string): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/problem+json')
  expect(await response.json()).toMatchObject({ status, code })
  expect(response.status).toBe(status)
  expect(cookieOf(response)).toBe('')
}

test.each([
  [{ sub: 'mina' }, '/console?status=PAID#top', 'member'],
  [{ sub: 'root', role: 'admin' }, undefined, 'admin'],
])('a member signs in at the identity provider as %o', async (answer, returnTo, role) => {
  provider.answer = answer
  const browser = new Browser()
  const address = await browser.untilCallback(returnTo)
  const response = await browser.get(address, { 'sec-fetch-site': 'cross-site' })
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe(returnTo ?? '/')
  const cookie = cookieOf(response)
  expect(cookie).toMatch(/^jumun=[^;]+$/)
  expect(await readSession(cookie)).toMatchObject({
    session: { memberId: answer.sub, role },
    signIn: { development: false, provider: true },
  })
  expect([...browser.cookies.keys()]).not.toContain('jumun-sign-in')
})

test('while a member is at the provider, the browser keeps what only the API can write', async () => {
  const response = await new Browser().get(`${api.url}/session/provider`)
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^jumun-sign-in=\S+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/),
  ])
  const { searchParams, origin } = new URL(response.headers.get('location') ?? '')
  expect(origin).toBe(provider.issuer)
  expect(searchParams.get('code_challenge_method')).toBe('S256')
  expect(searchParams.get('redirect_uri')).toBe(`${api.url}/session/callback`)
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.test' }
  const behindProxy = await new Browser().get(`${api.url}/session/provider`, https)
  expect(behindProxy.headers.get('set-cookie')).toMatch(/^__Host-jumun-sign-in=\S+; .*HttpOnly; Secure; SameSite=Lax$/)
  expect(behindProxy.headers.get('location')).toContain(encodeURIComponent('https://shop.test/session/callback'))
})

test('a member whom the provider refuses is not signed in', async () => {
  provider.answer = { error: 'access_denied' }
  const browser = new Browser()
  await expectRefused(await browser.get(await browser.untilCallback()), 403, 'FORBIDDEN')
})

test.each([{ sub: 'mina', role: 'owner' }, { sub: 'm na' }])('%o is not signed in', async (answer) => {
  provider.answer = answer
  const browser = new Browser()
  await expectRefused(await browser.get(await browser.untilCallback()), 403, 'FORBIDDEN')
})

/** Expects that a browser is led to the page that says why, and that its address says no more than that. */
function expectShown(response: Response, refused: string, then: string): void {
  expect(response.status).toBe(302)
  expect(response.headers.get('location')).toBe(`/sign-in?${new URLSearchParams({ refused, then })}`)
  expect(cookieOf(response)).toBe('')
}

test('a person whose sign-in is refused is led to the sign-in page, and from there to where the sign-in was begun for', async () => {
  const browser = new Browser()
  provider.answer = { error: 'access_denied' }
  expectShown(await browser.get(await browser.untilCallback('/console?a=b'), NAVIGATION), 'FORBIDDEN', '/console?a=b')
  provider.answer = { sub: 'mina' }
  const address = await browser.untilCallback('/cart')
  expectShown(await new Browser().get(address, NAVIGATION), 'UNAUTHENTICATED', '/')
  provider.fault = (_request, response) => response.writeHead(500).end('down')
  const refused = await browser.get(address, NAVIGATION)
  expectShown(refused, 'UNAVAILABLE', '/cart')
  provider.fault = undefined
  expectShown(await browser.get(`${api.url}/session/provider?returnTo=//evil.test`, NAVIGATION), 'BAD_REQUEST', '/')
  const page = await browser.get(new URL(refused.headers.get('location') ?? '', api.url).href, NAVIGATION)
  expect([page.status, appOf(await page.text())]).toEqual([200, 'shop'])
})

test('without pages, a refused sign-in is a problem for everybody', async () => {
  const settings = { AUTH_ISSUER: provider.issuer, AUTH_CLIENT_ID: CLIENT_ID, AUTH_CLIENT_SECRET: CLIENT_SECRET }
  const other = await startTestApi(database.url, { settings })
  await expectRefused(await fetch(`${other.url}/session/callback`, { headers: NAVIGATION }), 401, 'UNAUTHENTICATED')
  await other.close()
})

test('a callback with another state is refused, also one of another browser', async () => {
  const browser = new Browser()
  const address = new URL(await browser.untilCallback())
  const other = new Browser()
  await other.untilCallback()
  await expectRefused(await other.get(address.href), 401, 'UNAUTHENTICATED')
  await expectRefused(await new Browser().get(address.href), 401, 'UNAUTHENTICATED')
  address.searchParams.set('state', 'other')
  await expectRefused(await browser.get(address.href), 401, 'UNAUTHENTICATED')
})

test('a callback that is replayed is refused, also with the cookie of the first time', async () => {
  const browser = new Browser()
  const address = await browser.untilCallback()
  const kept = browser.cookies.get('jumun-sign-in') ?? ''
  expect((await browser.get(address)).status).toBe(302)
  await expectRefused(await browser.get(address), 401, 'UNAUTHENTICATED')
  await expectRefused(await fetch(address, { headers: { cookie: `jumun-sign-in=${kept}` } }), 401, 'UNAUTHENTICATED')
})

test('a sign-in that took more than ten minutes is refused', async () => {
  const browser = new Browser()
  const address = await browser.untilCallback()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 })
  await expectRefused(await browser.get(address), 401, 'UNAUTHENTICATED')
})

test('neither a session nor a bearer token stands for a sign-in that was begun', async () => {
  const browser = new Browser()
  const response = await browser.get(await browser.untilCallback())
  const session = cookieOf(response).replace('jumun=', '')
  const address = `${api.url}/session/callback?code=x&state=y`
  for (const token of [session, await api.token('mina'), 'x']) {
    await expectRefused(await fetch(address, { headers: { cookie: `jumun-sign-in=${token}` } }), 401, 'UNAUTHENTICATED')
  }
})

test.each([
  'https://evil.test',
  '//evil.test',
  '/\\evil.test',
  '/\t/evil.test',
  '\\\\evil.test',
  'console',
  '',
  `/${'x'.repeat(501)}`,
  '/\r\nset-cookie: jumun=x',
])('after the sign-in no browser is sent to %j', async (returnTo) => {
  const response = await new Browser().get(`${api.url}/session/provider?returnTo=${encodeURIComponent(returnTo)}`)
  await expectRefused(response, 400, 'BAD_REQUEST')
})

test.each(['/./ /evil.test'.replace(' ', ''), '/%2F/evil.test', '/@evil.test', '/;//evil.test'])(
  'a browser that is sent to %s stays at this address',
  async (returnTo) => {
    const browser = new Browser()
    const response = await browser.get(await browser.untilCallback(returnTo))
    expect(new URL(response.headers.get('location') ?? '', api.url).origin).toBe(api.url)
  },
)

test('a request with HEAD uses up no sign-in', async () => {
  const browser = new Browser()
  const address = await browser.untilCallback()
  expect((await fetch(address, { method: 'HEAD' })).status).toBe(405)
  expect((await browser.get(address)).status).toBe(302)
})

test('while the provider fails, a sign-in is UNAVAILABLE', async () => {
  const browser = new Browser()
  const address = await browser.untilCallback()
  provider.fault = (_request, response) => response.writeHead(500).end('down')
  await expectRefused(await browser.get(address), 503, 'UNAVAILABLE')
})

test('while the provider cannot be reached it is asked once a second at most, and later again', async () => {
  let nowMs = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const settings = { AUTH_ISSUER: provider.issuer, AUTH_CLIENT_ID: CLIENT_ID, AUTH_CLIENT_SECRET: 'wrong' }
  const other = await startTestApi(database.url, { settings })
  provider.fault = (_request, response) => response.destroy()
  const before = provider.requests.length
  for (let index = 0; index < 5; index++) {
    await expectRefused(await fetch(`${other.url}/session/provider`), 503, 'UNAVAILABLE')
  }
  expect(provider.requests.length - before).toBe(1)
  provider.fault = undefined
  nowMs += 1_050
  expect((await fetch(`${other.url}/session/provider`, { redirect: 'manual' })).status).toBe(302)
  await other.close()
})

test('no code, cookie, token or secret is logged', async () => {
  const browser = new Browser()
  const address = await browser.untilCallback()
  const kept = browser.cookies.get('jumun-sign-in') ?? ''
  const { verifier } = JSON.parse(Buffer.from(kept.split('.')[1] ?? '', 'base64url').toString())
  provider.fault = (_request, response) => response.writeHead(400).end(address)
  await browser.get(address)
  const log = JSON.stringify(api.log)
  for (const secret of [new URL(address).searchParams.get('code') ?? '', kept, verifier, CLIENT_SECRET]) {
    expect(secret).not.toBe('')
    expect(log).not.toContain(secret)
  }
})

test('without an identity provider there are no such paths', async () => {
  const other = await startTestApi(database.url)
  for (const path of ['/session/provider', '/session/callback'])
    expect((await fetch(other.url + path)).status).toBe(404)
  await other.close()
})
