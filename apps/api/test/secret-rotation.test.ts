import { randomBytes } from 'node:crypto'
import { startTestApi, useApi } from '@jumun/test-kit/api'
import { decodeJwt, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { BegunSignIns } from '../src/auth/begun-sign-ins.ts'
import { issueToken } from '../src/auth/tokens.ts'
import { fetchAsPage, signIn } from '../test-support/browser.ts'

const [OLD = '', NEW = '', OTHER = ''] = [1, 2, 3].map(() => randomBytes(32).toString('base64url'))
const MINA = { memberId: 'mina', role: 'member' } as const

const before = useApi({ settings: { AUTH_SECRET: OLD } })

/** The next process over the same database, to which the secret was changed. */
async function after(secrets: string[]) {
  const api = await startTestApi(before.databaseUrl, { settings: { AUTH_SECRET: secrets.join(', ') } })
  onTestFinished(() => api.close())
  const balance = (headers: Record<string, string>) => fetchAsPage(api, '/api/point/mina', { headers })
  const withToken = async (secret: string) => {
    const token = await issueToken(secret, { ...MINA, expiresInSeconds: 60 })
    return (await balance({ authorization: `Bearer ${token}` })).status
  }
  return { api, balance, withToken }
}

test('while AUTH_SECRET changes, tokens of the new and the old secret are valid, and those of no other', async () => {
  const { withToken } = await after([NEW, OLD])
  expect(await withToken(NEW)).toBe(200)
  expect(await withToken(OLD)).toBe(200)
  expect(await withToken(OTHER)).toBe(401)
  expect(await withToken(`${NEW},${OLD}`)).toBe(200)
})

test('sessions begin with the first secret, and those of the others go on', async () => {
  const { cookie } = await signIn(before, MINA)
  const { api, balance } = await after([NEW, OLD])
  expect((await balance({ cookie })).status).toBe(200)
  const next = await signIn(api, MINA)
  expect((await balance({ cookie: next.cookie })).status).toBe(200)
  const last = await after([NEW])
  expect((await last.balance({ cookie: next.cookie })).status).toBe(200)
  expect((await last.balance({ cookie })).status).toBe(401)
  expect((await fetchAsPage(before, '/api/point/mina', { headers: { cookie: next.cookie } })).status).toBe(401)
})

test('a sign-in at an identity provider that was begun with the old secret ends with the new one', async () => {
  const kept = { state: 's', nonce: 'n', verifier: 'v', returnTo: '/' }
  const set: string[] = []
  const reply = { header: (_name: string, value: string) => set.push(value) }
  const request = { headers: {} as Record<string, string>, protocol: 'http' }
  await new BegunSignIns(OLD).keep(request as never, reply as never, kept as never)
  request.headers['cookie'] = set[0]?.split(';')[0] ?? ''
  expect(await new BegunSignIns(`${NEW},${OLD}`).take(request as never, reply as never)).toEqual(kept)
  expect(await new BegunSignIns(NEW).take(request as never, reply as never)).toBeUndefined()
})

test('the first secret signs tokens', async () => {
  const token = await issueToken(`${NEW}, ${OLD}`, { ...MINA, expiresInSeconds: 60 })
  await jwtVerify(token, new TextEncoder().encode(NEW))
  expect(decodeJwt(token).sub).toBe('mina')
})
