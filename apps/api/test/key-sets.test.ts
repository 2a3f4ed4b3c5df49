import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { type KeyServer, startKeyServer } from '../test-support/key-server.ts'
import { call, type Reply } from '../test-support/transports.ts'

const database = useTestDatabase()

const ISSUER = 'https://id.shop.test'
const AUDIENCE = 'jumun'
const KID = 'first'

let pair: { privateKey: CryptoKey; publicKey: CryptoKey }
beforeAll(async () => {
  pair = await generateKeyPair('RS256')
})
afterEach(() => {
  vi.useRealTimers()
})

/** An API that trusts a provider, which publishes one key. */
async function openTrusting(): Promise<{ api: TestApi; provider: KeyServer }> {
  const provider = await startKeyServer()
  provider.keys = [{ ...(await exportJWK(pair.publicKey)), kid: KID, alg: 'RS256', use: 'sig' }]
  const settings = { AUTH_JWKS_URL: provider.url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE }
  const api = await startTestApi(database.url, { settings })
  onTestFinished(async () => {
    await api.close()
    await provider.close()
  })
  return { api, provider }
}

interface Signing {
  claims?: JWTPayload
  kid?: string
  alg?: string
  key?: CryptoKey | Uint8Array
}

function sign({
  claims = { iss: ISSUER, aud: AUDIENCE },
  kid = KID,
  alg = 'RS256',
  key = pair.privateKey,
}: Signing = {}): Promise<string> {
  return new SignJWT({ sub: 'mina', exp: Math.floor(Date.now() / 1000) + 600, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key)
}

function balance({ url }: TestApi, token: string): Promise<Reply> {
  return call({ url, via: 'REST', name: 'point.balance', input: { memberId: 'mina' }, token })
}

test("a token that the provider's key signed is taken, and the key is fetched once", async () => {
  const { api, provider } = await openTrusting()
  const replies = await Promise.all(Array.from({ length: 20 }, async () => balance(api, await sign())))
  expect(replies.map((reply) => reply.status)).toEqual(Array(20).fill(200))
  expect(provider.requests).toBe(1)
})

test.each([
  ['of another issuer', { iss: 'https://evil.test', aud: AUDIENCE }],
  ['for another audience', { iss: ISSUER, aud: 'another shop' }],
  ['of no issuer', { aud: AUDIENCE }],
  ['for no audience', { iss: ISSUER }],
  ['that is expired', { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) - 10 }],
  ['that is not good yet', { iss: ISSUER, aud: AUDIENCE, nbf: Math.floor(Date.now() / 1000) + 600 }],
])('a token %s is refused', async (_, claims) => {
  const { api } = await openTrusting()
  expectProblem(await balance(api, await sign({ claims })), 'UNAUTHENTICATED')
})

test('the public key does not serve as an HMAC secret, in any of its forms', async () => {
  const { api, provider } = await openTrusting()
  const secrets = [await exportSPKI(pair.publicKey), JSON.stringify(provider.keys[0]), api.authSecret]
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const payload = { sub: 'mina', role: 'admin', iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) + 600 }
  for (const alg of ['HS256', 'RS256', 'none']) {
    for (const secret of secrets) {
      const content = `${encode({ alg, kid: KID })}.${encode(payload)}`
      const token = `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
      expectProblem(await balance(api, token), 'UNAUTHENTICATED')
    }
  }
})

test('a flood of tokens that name unknown keys makes the provider be asked once', async () => {
  const { api, provider } = await openTrusting()
  await balance(api, await sign())
  const { privateKey } = await generateKeyPair('RS256')
  for (let round = 0; round < 4; round++) {
    const flood = Array.from({ length: 50 }, async (_, index) =>
      balance(api, await sign({ kid: `unknown-${round}-${index}`, key: privateKey })),
    )
    for (const reply of await Promise.all(flood)) expectProblem(reply, 'UNAUTHENTICATED')
  }
  expect(provider.requests).toBe(1)
})

test('a new key of the provider is found once the pause between fetches is over', async () => {
  const { api, provider } = await openTrusting()
  await balance(api, await sign())
  const next = await generateKeyPair('ES256')
  provider.keys = [{ ...(await exportJWK(next.publicKey)), kid: 'second', alg: 'ES256' }]
  const rotated = () => sign({ kid: 'second', alg: 'ES256', key: next.privateKey })
  expectProblem(await balance(api, await rotated()), 'UNAUTHENTICATED')

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
  expect((await balance(api, await rotated())).status).toBe(200)
  expectProblem(await balance(api, await sign()), 'UNAUTHENTICATED')
  expect(provider.requests).toBe(2)
})

test('a provider that cannot be asked makes the API unavailable, is asked once a second, and is tried again', async () => {
  const { api, provider } = await openTrusting()
  const faults: KeyServer['fault'][] = [
    (_, response) => response.writeHead(500).end('down'),
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    (_, response) => response.end('<html>'),
    (_, response) => response.end('{"keys":1}'),
    (_, response) => response.destroy(),
  ]
  for (const fault of faults) {
    provider.fault = fault
    const before = provider.requests
    for (let index = 0; index < 20; index++) expectProblem(await balance(api, await sign()), 'UNAVAILABLE')
    expect(provider.requests - before).toBeLessThanOrEqual(2)
    expect(provider.requests - before).toBeGreaterThan(0)
    await sleep(1_050)
  }
  provider.fault = undefined
  expect((await balance(api, await sign())).status).toBe(200)
})

test('a provider that hangs is given up within 3 seconds or so, by everybody together', async () => {
  const { api, provider } = await openTrusting()
  provider.fault = () => {}
  const started = performance.now()
  const replies = await Promise.all(Array.from({ length: 10 }, async () => balance(api, await sign())))
  for (const reply of replies) expectProblem(reply, 'UNAVAILABLE')
  expect(performance.now() - started).toBeLessThan(3_500)
  expect(provider.requests).toBe(1)
})

test('calls without a token do not need the provider', async () => {
  const { api, provider } = await openTrusting()
  provider.fault = (_, response) => response.writeHead(500).end()
  const reply = await call({ url: api.url, via: 'tRPC', name: 'product.list', input: {} })
  expect(reply.status).toBe(200)
  expect(provider.requests).toBe(0)
})
