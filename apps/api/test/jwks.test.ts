import { createHmac } from 'node:crypto'
import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { type JwksServer, startJwksServer } from '../test-support/jwks-server.ts'
import { call, type Reply } from '../test-support/transports.ts'

const database = useTestDatabase()

const ISSUER = 'https://id.shop.test'
const AUDIENCE = 'jumun'
const KID = 'first'

let pair: { privateKey: CryptoKey; publicKey: CryptoKey }
/** For the tests that do not count how often the keys are fetched. */
let shared: Started
const closeShared: (() => Promise<void> | void)[] = []
beforeAll(async () => {
  pair = await generateKeyPair('RS256')
  shared = await startApiWithProvider((work) => closeShared.push(work))
})
afterAll(() => Promise.all(closeShared.map((close) => close())))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

interface Started {
  api: TestApi
  provider: JwksServer
}

/** Starts an API and the identity provider that it trusts, which publishes one key. */
async function startApiWithProvider(cleanUp: CleanUp = onTestFinished): Promise<Started> {
  const provider = await startJwksServer()
  provider.keys = [{ ...(await exportJWK(pair.publicKey)), kid: KID, alg: 'RS256', use: 'sig' }]
  const settings = { AUTH_JWKS_URL: provider.url, AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: AUDIENCE }
  const api = await startTestApi(database.url, { settings })
  cleanUp(async () => {
    await api.close()
    await provider.close()
  })
  return { api, provider }
}

interface Signing {
  claims?: JWTPayload
  /** Null: the header names no key. */
  kid?: string | null
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
    .setProtectedHeader({ alg, ...(kid !== null && { kid }) })
    .sign(key)
}

function balance({ url }: TestApi, token: string): Promise<Reply> {
  return call({ url, via: 'REST', name: 'point.balance', input: { memberId: 'mina' }, token })
}

test("tokens signed with the provider's key are accepted, and the key is fetched once", async () => {
  const { api, provider } = await startApiWithProvider()
  const replies = await Promise.all(Array.from({ length: 20 }, async () => balance(api, await sign())))
  expect(replies.map((reply) => reply.status)).toEqual(Array(20).fill(200))
  expect(provider.requests).toBe(1)
})

test.each([
  ['from another issuer', { iss: 'https://evil.test', aud: AUDIENCE }],
  ['for another audience', { iss: ISSUER, aud: 'another shop' }],
  ['without an issuer', { aud: AUDIENCE }],
  ['without an audience', { iss: ISSUER }],
  ['that has expired', { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) - 10 }],
  ['that is not valid yet', { iss: ISSUER, aud: AUDIENCE, nbf: Math.floor(Date.now() / 1000) + 600 }],
])('a token %s is refused', async (_, claims) => {
  expectProblem(await balance(shared.api, await sign({ claims })), 'UNAUTHENTICATED')
})

test('the public key is not accepted as an HMAC secret, in any encoding', async () => {
  const { api, provider } = shared
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

test('a flood of tokens with unknown key ids causes one fetch of the keys', async () => {
  const { api, provider } = await startApiWithProvider()
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

test('a new key of the provider is fetched after the cooldown', async () => {
  const { api, provider } = await startApiWithProvider()
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

test('a token that names no key is verified with each of at most eight keys of its algorithm', async () => {
  const { api, provider } = await startApiWithProvider()
  const pairs = await Promise.all(Array.from({ length: 9 }, () => generateKeyPair('ES256')))
  const published = pairs.map(async ({ publicKey }, index) => {
    return { ...(await exportJWK(publicKey)), kid: `es-${index}`, alg: 'ES256' }
  })
  provider.keys = [...provider.keys, ...(await Promise.all(published))]
  const unnamed = (index: number) => sign({ kid: null, alg: 'ES256', key: pairs[index]?.privateKey as CryptoKey })
  for (const index of [0, 1, 7]) expect((await balance(api, await unnamed(index))).status).toBe(200)
  expect((await balance(api, await sign({ kid: null }))).status).toBe(200)
  expectProblem(await balance(api, await unnamed(8)), 'UNAUTHENTICATED')
  const { privateKey } = await generateKeyPair('ES256')
  expectProblem(await balance(api, await sign({ kid: null, alg: 'ES256', key: privateKey })), 'UNAUTHENTICATED')
  const expired = { iss: ISSUER, aud: AUDIENCE, exp: Math.floor(Date.now() / 1000) - 10 }
  const late = await sign({ kid: null, alg: 'ES256', key: pairs[1]?.privateKey as CryptoKey, claims: expired })
  expectProblem(await balance(api, late), 'UNAUTHENTICATED')
  expect(provider.requests).toBe(1)
})

test('a token that names no key, of a key that is new, is verified after the cooldown', async () => {
  const { api, provider } = await startApiWithProvider()
  await balance(api, await sign())
  const next = await generateKeyPair('RS256')
  provider.keys = [{ ...(await exportJWK(next.publicKey)), kid: 'second', alg: 'RS256' }]
  const rotated = () => sign({ kid: null, key: next.privateKey })
  expectProblem(await balance(api, await rotated()), 'UNAUTHENTICATED')
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
  expect((await balance(api, await rotated())).status).toBe(200)
  expectProblem(await balance(api, await sign({ kid: null })), 'UNAUTHENTICATED')
  expect(provider.requests).toBe(2)
})

test('while the provider fails, calls are UNAVAILABLE, the keys are fetched at most once a second, and fetching resumes', async () => {
  const { api, provider } = await startApiWithProvider()
  let nowMs = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const faults: JwksServer['fault'][] = [
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
    nowMs += 1_050
  }
  provider.fault = undefined
  expect((await balance(api, await sign())).status).toBe(200)
})

test('calls fail about 3 seconds after they started to wait for a provider that does not respond, and share one fetch', async () => {
  const { api, provider } = await startApiWithProvider()
  provider.fault = () => {}
  const started = performance.now()
  const replies = await Promise.all(Array.from({ length: 10 }, async () => balance(api, await sign())))
  for (const reply of replies) expectProblem(reply, 'UNAVAILABLE')
  expect(performance.now() - started).toBeLessThan(scaleByLoad(3_500))
  expect(provider.requests).toBe(1)
})

test('calls without a token do not fetch the keys', async () => {
  const { api, provider } = await startApiWithProvider()
  provider.fault = (_, response) => response.writeHead(500).end()
  const reply = await call({ url: api.url, via: 'tRPC', name: 'product.list', input: {} })
  expect(reply.status).toBe(200)
  expect(provider.requests).toBe(0)
})
