import { createSignInCode } from '@jumun/domain'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { fetchAsPage, signIn } from '../../test-support/browser.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true', TRUST_PROXY: '1' } })
const MINA = { memberId: 'mina', role: 'member' } as const
const ROOT = { memberId: 'root', role: 'admin' } as const
const HTTPS = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.test' }
const HOUR_MS = 3_600_000

afterEach(() => void vi.useRealTimers())

const read = async (cookie: string) => (await fetchAsPage(api, '/session', { headers: { cookie } })).json()
const balance = (headers: Record<string, string>) => fetchAsPage(api, '/api/point/mina', { headers })

test('a one-time code signs a browser in, with a cookie that no script can read', async () => {
  const before = Date.now()
  const { view, setCookie, cookie } = await signIn(api, MINA)
  expect(setCookie).toMatch(/^jumun=[\w-]+\.[\w-]+\.[\w-]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/)
  expect(view).toEqual({
    session: { ...MINA, expiresAt: expect.any(String) },
    signIn: { development: false, provider: false },
    selfCharge: true,
  })
  expect(Date.parse(view.session?.expiresAt ?? '') - before).toBeGreaterThan(11.9 * HOUR_MS)
  expect(await read(cookie)).toMatchObject({ session: MINA })
  expect((await balance({ cookie })).status).toBe(200)
})

test('over https, as a trusted proxy says, the cookie belongs to this host and to TLS only', async () => {
  const { setCookie, cookie } = await signIn(api, MINA, HTTPS)
  expect(setCookie).toMatch(/^__Host-jumun=\S+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  expect((await balance({ cookie, ...HTTPS })).status).toBe(200)
  expect((await balance({ cookie })).status).toBe(401)
  expect((await balance({ cookie: cookie.replace('__Host-', ''), ...HTTPS })).status).toBe(401)
})

test('without a session a page reads that there is none, without an error', async () => {
  for (const cookie of ['', 'jumun=', 'jumun=a.b.c', 'jumun=%', 'other=1']) {
    const response = await fetchAsPage(api, '/session', { headers: { cookie } })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ session: null })
    expect((await fetchAsPage(api, '/api/product', { headers: { cookie } })).status).toBe(200)
    expect((await balance({ cookie })).status).toBe(401)
  }
})

test('a code is used once, by whichever process is first, and an unknown one is refused', async () => {
  const other = await startTestApi(api.databaseUrl)
  onTestFinished(other.close)
  const code = await createSignInCode(api.services.em, MINA)
  const uses = [api, other, api, other].map((one) => fetchAsPage(one, '/session', { method: 'POST', body: { code } }))
  const statuses = (await Promise.all(uses)).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, 401, 401, 401])
  const unknown = await fetchAsPage(api, '/session', { method: 'POST', body: { code: 'x' } })
  expect(unknown.status).toBe(401)
  expect(unknown.headers.get('content-type')).toContain('application/problem+json')
  expect(await unknown.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(unknown.headers.getSetCookie()).toEqual([])
})

test.each([
  ['no body', undefined],
  ['a list', []],
  ['no code', {}],
  ['an empty code', { code: '' }],
  ['a long code', { code: 'x'.repeat(101) }],
  ['a code that is no text', { code: 1 }],
  ['an unknown field', { code: 'x', memberId: 'mina' }],
  ['an unknown role', { memberId: 'mina', role: 'owner' }],
  ['a member id that is none', { memberId: 'm/na', role: 'member' }],
])('%s in place of a code is refused', async (_, body) => {
  const response = await fetchAsPage(api, '/session', { method: 'POST', body })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'BAD_REQUEST' })
})

test('an unknown parameter of /session is refused', async () => {
  for (const method of ['GET', 'POST', 'DELETE']) {
    expect(
      (await fetchAsPage(api, '/session?code=1', { method, body: method === 'POST' ? {} : undefined })).status,
    ).toBe(400)
  }
})

test('signing out deletes the cookie', async () => {
  const { cookie } = await signIn(api, MINA)
  const response = await fetchAsPage(api, '/session', { method: 'DELETE', headers: { cookie } })
  expect(response.status).toBe(204)
  expect(response.headers.getSetCookie()).toEqual(['jumun=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict'])
})

test('a session ends after twelve hours without a call, and a call prolongs it', async () => {
  const { cookie: unused } = await signIn(api, ROOT)
  const { cookie } = await signIn(api, MINA)
  const start = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: start + 60_000 })
  expect((await balance({ cookie })).headers.getSetCookie()).toEqual([])
  vi.setSystemTime(start + 11 * HOUR_MS)
  const [prolonged = ''] = (await balance({ cookie })).headers.getSetCookie()
  expect(prolonged).toContain('Max-Age=43200')
  vi.setSystemTime(start + 12 * HOUR_MS + 60_000)
  expect((await balance({ cookie: unused })).status).toBe(401)
  expect(await read(unused)).toMatchObject({ session: null })
  expect(await read(prolonged.split(';', 1)[0] ?? '')).toMatchObject({ session: MINA })
})

test('a session that is used all the time ends after seven days', async () => {
  const start = Date.now()
  let { cookie } = await signIn(api, ROOT)
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  for (let hours = 10; hours < 168; hours += 10) {
    vi.setSystemTime(start + hours * HOUR_MS)
    const response = await fetchAsPage(api, '/session', { headers: { cookie } })
    expect(await response.json()).toMatchObject({ session: ROOT })
    cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? cookie
  }
  vi.setSystemTime(start + 168 * HOUR_MS + 60_000)
  expect(await read(cookie)).toMatchObject({ session: null })
})

test('the session of a browser is no bearer token, and a bearer token no session', async () => {
  const { cookie } = await signIn(api, MINA)
  const token = cookie.replace('jumun=', '')
  expect((await balance({ authorization: `Bearer ${token}` })).status).toBe(401)
  expect((await balance({ cookie: `jumun=${await api.token('mina')}` })).status).toBe(401)
})

test('a bearer token wins over a session, also a bad one', async () => {
  const { cookie } = await signIn(api, ROOT)
  const bearer = async (memberId: string) => ({ authorization: `Bearer ${await api.token(memberId)}`, cookie })
  expect((await balance(await bearer('mina'))).status).toBe(200)
  expect((await balance(await bearer('jun'))).status).toBe(403)
  expect((await balance({ authorization: 'Bearer a.b.c', cookie })).status).toBe(401)
  expect((await fetchAsPage(api, '/session', { headers: await bearer('jun') })).headers.getSetCookie()).toEqual([])
})

test('calls with a session are counted as those of its member, and not those of an admin', async () => {
  // The two processes share the rate.
  const limited = await startTestApi(api.databaseUrl, { settings: { RATE_LIMIT_PER_SECOND: '4', TRUST_PROXY: '1' } })
  onTestFinished(limited.close)
  const statuses = async (cookie: string) => {
    // Each from an address of its own.
    const calls = Array.from({ length: 20 }, (_, index) =>
      fetchAsPage(limited, '/api/point/mina', { headers: { cookie, 'x-forwarded-for': `192.0.2.${index}` } }),
    )
    return (await Promise.all(calls)).map(({ status }) => status)
  }
  expect(await statuses((await signIn(limited, MINA)).cookie)).toContain(429)
  expect(new Set(await statuses((await signIn(limited, ROOT)).cookie))).toEqual(new Set([200]))
})

test('guesses of codes are limited by address', async () => {
  const limited = await startTestApi(api.databaseUrl, { settings: { RATE_LIMIT_PER_SECOND: '3' } })
  onTestFinished(limited.close)
  const guess = (index: number) =>
    fetchAsPage(limited, '/session', { method: 'POST', body: { code: `guess ${index}` } })
  const statuses = (await Promise.all(Array.from({ length: 20 }, (_, index) => guess(index)))).map((one) => one.status)
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(5)
})

test('sign-ins are counted by outcome, and no line of the log holds a code, a cookie or a token', async () => {
  const code = await createSignInCode(api.services.em, MINA)
  const used = await fetchAsPage(api, '/session', { method: 'POST', body: { code } })
  const cookie = used.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  await fetchAsPage(api, '/session', { method: 'POST', body: { code } })
  await fetchAsPage(api, `/session?code=${code}`, { headers: { cookie } })
  const metrics = await (await fetch(`${api.url}/metrics`)).text()
  expect(metrics).toMatch(/jumun_sign_ins_total\{outcome="ok"\} [1-9]/)
  expect(metrics).toMatch(/jumun_sign_ins_total\{outcome="UNAUTHENTICATED"\} [1-9]/)
  for (const secret of [code, cookie.slice(-20)]) expect(JSON.stringify(api.log) + metrics).not.toContain(secret)
})
