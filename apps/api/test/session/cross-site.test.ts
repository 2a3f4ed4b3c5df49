import { createSignInCode } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { beforeAll, expect, test } from 'vitest'
import { signIn } from '../../test-support/browser.ts'

const FRONT = 'https://front.test'
const api = useApi({ settings: { CORS_ORIGINS: '*', ALLOW_SELF_CHARGE: 'true' } })
let cookie: string
beforeAll(async () => {
  cookie = (await signIn(api, { memberId: 'mina', role: 'member' })).cookie
})

const JSON_TYPE = { 'content-type': 'application/json' }
const ITEM = { memberId: 'mina', amount: 1 }

/** Calls that change something, by every door. */
const CHANGES: [what: string, method: string, path: string, body: unknown][] = [
  ['a mutation over REST', 'PATCH', '/api/point/charge', ITEM],
  ['a mutation over tRPC', 'POST', '/trpc/point.charge', ITEM],
  ['a batch over tRPC', 'POST', '/trpc/point.charge,point.charge?batch=1', { 0: ITEM, 1: ITEM }],
  ['a mutation without a body over REST', 'DELETE', '/api/cart?memberId=mina', undefined],
]

async function send(method: string, path: string, body: unknown, headers: Record<string, string>) {
  const type = body === undefined ? {} : JSON_TYPE
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(api.url + path, { method, headers: { cookie, ...type, ...headers }, ...text })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const balanceOf = async () => {
  const response = await fetch(`${api.url}/api/point/mina`, { headers: { cookie } })
  return ((await response.json()) as { balance: number }).balance
}

test.each(CHANGES)('%s from a page of the shop is served', async (_, method, path, body) => {
  for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: api.url }]) {
    const { status, text } = await send(method, path, body, headers)
    expect(status, text).toBe(200)
  }
})

const FOREIGN: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site', origin: FRONT },
  { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:5173' },
  { 'sec-fetch-site': 'none' },
  { 'sec-fetch-site': 'cross-site', origin: 'OWN' },
  { 'sec-fetch-site': '' },
  { origin: FRONT },
  { origin: 'null' },
  { origin: 'http://127.0.0.1' },
  {},
]

test.each(CHANGES)(
  '%s that no page of the shop sends is refused, and changes nothing',
  async (_, method, path, body) => {
    const before = await balanceOf()
    for (const { origin, ...site } of FOREIGN) {
      const headers = { ...site, ...(origin && { origin: origin === 'OWN' ? api.url : origin }) }
      const { status, text, headers: answered } = await send(method, path, body, headers)
      expect(status, JSON.stringify(headers)).toBe(403)
      expect(JSON.parse(text)).toMatchObject(
        path.startsWith('/trpc') ? { error: { data: { problem: { code: 'FORBIDDEN' } } } } : { code: 'FORBIDDEN' },
      )
      expect(answered.getSetCookie()).toEqual([])
      expect(answered.get('access-control-allow-credentials')).toBeNull()
    }
    expect(await balanceOf()).toBe(before)
  },
)

test('a change that is not JSON is refused, as of a form', async () => {
  const own = { 'sec-fetch-site': 'same-origin', cookie }
  const send = (headers: Record<string, string>, body?: string) =>
    fetch(`${api.url}/trpc/point.charge`, { method: 'POST', headers: { ...own, ...headers }, ...(body && { body }) })
  const form = 'application/x-www-form-urlencoded'
  for (const type of [form, 'text/plain', 'multipart/form-data; boundary=x']) {
    expect((await send({ 'content-type': type }, JSON.stringify(ITEM))).status).toBe(415)
  }
  expect((await send({})).status).toBe(403)
})

test('a page of another origin reads nothing with the session, not even of this host', async () => {
  const read = async (headers: Record<string, string>) => {
    const response = await fetch(`${api.url}/api/point/mina`, { headers: { cookie, ...headers } })
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    return response.status
  }
  expect(await read({})).toBe(200)
  expect(await read({ 'sec-fetch-site': 'none' })).toBe(200)
  expect(await read({ 'sec-fetch-site': 'same-origin' })).toBe(200)
  expect(await read({ origin: api.url })).toBe(200)
  expect(await read({ 'sec-fetch-site': 'same-site' })).toBe(401)
  expect(await read({ 'sec-fetch-site': 'cross-site', origin: FRONT })).toBe(401)
  expect(await read({ origin: FRONT })).toBe(401)
  const foreign = await fetch(`${api.url}/session`, { headers: { cookie, 'sec-fetch-site': 'same-site' } })
  expect(await foreign.json()).toMatchObject({ session: null })
})

test('CORS_ORIGINS does not open /session', async () => {
  for (const path of ['/session', '/session/provider']) {
    const headers = { origin: FRONT, 'access-control-request-method': 'POST' }
    const preflight = await fetch(api.url + path, { method: 'OPTIONS', headers })
    expect(preflight.ok).toBe(false)
    const read = await fetch(api.url + path, { headers: { origin: FRONT } })
    for (const { headers } of [preflight, read]) expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

test('a page of another origin can sign nobody in', async () => {
  const code = await createSignInCode(api.services.em, { memberId: 'mina', role: 'member' })
  const start = (headers: Record<string, string>) =>
    fetch(`${api.url}/session`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify({ code }),
    })
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { origin: FRONT }]) {
    const response = await start(headers as Record<string, string>)
    expect(response.status).toBe(403)
    expect(response.headers.getSetCookie()).toEqual([])
  }
  expect((await start({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
})

test.each(['/api/events?topics=member:mina', '/trpc/live.changes?input={"topics":["member:mina"]}'])(
  'the stream %s is of the member who is signed in',
  async (path) => {
    const open = (headers: Record<string, string>) => fetch(api.url + path, { headers })
    const member = await open({ cookie, 'sec-fetch-site': 'same-origin' })
    const reader = member.body?.getReader()
    const text = new TextDecoder().decode((await reader?.read())?.value)
    await reader?.cancel()
    expect(text).not.toMatch(/UNAUTHENTICATED/)
    const foreign = await open({ cookie, 'sec-fetch-site': 'same-site' })
    expect(await foreign.text()).toMatch(/UNAUTHENTICATED/)
  },
)
