import { createHmac } from 'node:crypto'
import { useApi } from '@jumun/test-kit/api'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { call, type Reply, transports } from '../test-support/transports.ts'

const AUTH_SECRET = 'a secret that only the tests of the API know'

const api = useApi({ settings: { AUTH_SECRET } })

const KEY = new TextEncoder().encode(AUTH_SECRET)
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds
const validClaims = (): JWTPayload => ({ sub: 'mina', exp: inSeconds(600) })

function sign(payload: JWTPayload, header: { alg?: string } & Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(KEY)
}

/** Signs any header and payload, also invalid ones, with our key. */
function forge(header: object, payload: object | string, key: string = AUTH_SECRET): string {
  const encode = (part: object | string) =>
    Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
  const content = `${encode(header)}.${encode(payload)}`
  return `${content}.${createHmac('sha256', key).update(content).digest('base64url')}`
}

async function balanceOf(memberId: string, authorization: string): Promise<Reply[]> {
  return Promise.all(
    transports.map((via) =>
      call({ url: api.url, via, name: 'point.balance', input: { memberId }, headers: { authorization } }),
    ),
  )
}

async function expectUnauthenticated(authorization: string): Promise<void> {
  const publicCalls = transports.map((via) =>
    call({ url: api.url, via, name: 'product.list', input: {}, headers: { authorization } }),
  )
  for (const reply of [...(await balanceOf('mina', authorization)), ...(await Promise.all(publicCalls))]) {
    expectProblem(reply, 'UNAUTHENTICATED')
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  }
}

const HS256 = { alg: 'HS256' }

const invalidTokens: [name: string, token: () => Promise<string> | string][] = [
  ['that has expired', () => sign({ ...validClaims(), exp: inSeconds(-10) })],
  ['that is not valid yet', () => sign({ ...validClaims(), nbf: inSeconds(60) })],
  ['without an expiry', () => sign({ sub: 'mina' })],
  ['without a member id', () => sign({ exp: inSeconds(600) })],
  ['with an invalid member id', () => sign({ ...validClaims(), sub: 'mi na' })],
  ['with an empty member id', () => sign({ ...validClaims(), sub: '' })],
  ['with a member id of 65 characters', () => sign({ ...validClaims(), sub: 'm'.repeat(65) })],
  ['with an unknown role', () => sign({ ...validClaims(), role: 'root' })],
  ['with a role in capitals', () => sign({ ...validClaims(), role: 'ADMIN' })],
  ['with several roles', () => sign({ ...validClaims(), role: ['admin'] })],
  ['with a role that is null', () => sign({ ...validClaims(), role: null })],
  ['with a number as the member id', () => forge(HS256, { ...validClaims(), sub: 1 })],
  ['with an object as the member id', () => forge(HS256, { ...validClaims(), sub: { $ne: null } })],
  ['with a string as the expiry', () => forge(HS256, { ...validClaims(), exp: '9999999999' })],
  ['with a payload that is not JSON', () => forge(HS256, 'sub=mina')],
  ['with a payload that is an array', () => forge(HS256, [validClaims()])],
  ['with alg none and no signature', () => forge({ alg: 'none' }, validClaims()).replace(/[^.]*$/, '')],
  ['with alg none and a signature', () => forge({ alg: 'none' }, validClaims())],
  ['with alg nOnE', () => forge({ alg: 'nOnE' }, validClaims())],
  ['with no alg', () => forge({ typ: 'JWT' }, validClaims())],
  ['with the right key and HS512', () => sign(validClaims(), { alg: 'HS512' })],
  ['with RS256 in its header and an HMAC', () => forge({ alg: 'RS256' }, validClaims())],
  ['with a critical extension', () => forge({ ...HS256, crit: ['mind'], mind: 1 }, validClaims())],
  ['without its signature', async () => (await sign(validClaims())).replace(/[^.]*$/, '')],
  [
    "with another token's signature",
    async () => {
      const [header, payload] = (await sign({ ...validClaims(), role: 'admin' })).split('.')
      return `${header}.${payload}.${(await sign(validClaims())).split('.')[2]}`
    },
  ],
  ['with a foreign key', () => forge(HS256, validClaims(), 'another secret that is as long as ours')],
  ['with an empty key', () => forge(HS256, validClaims(), '')],
  [
    'with a real RS256 key',
    async () => {
      const { privateKey } = await generateKeyPair('RS256')
      return new SignJWT(validClaims()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    },
  ],
  [
    'with a key in its own header',
    async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256')
      const jwk = await exportJWK(publicKey)
      return new SignJWT(validClaims()).setProtectedHeader({ alg: 'ES256', jwk }).sign(privateKey)
    },
  ],
  [
    'with a key at a URL in its own header',
    () => forge({ ...HS256, jku: 'http://127.0.0.1:9/keys' }, validClaims(), 'x'),
  ],
]

test.each(invalidTokens)('a token %s is refused', async (_, token) => {
  await expectUnauthenticated(`Bearer ${await token()}`)
})

test.each([
  'Bearer',
  'Bearer  ',
  'Basic bWluYTptaW5h',
  'Bearer mina',
  'Bearer a.b',
  'Bearer a.b.c.d',
  'Bearer a.b.c',
  'Bearer ..',
  'Bearer null',
  `Bearer ${'a'.repeat(5_000)}.b.c`,
  '{"sub":"mina"}',
])('the header "%s" is refused', async (authorization) => {
  await expectUnauthenticated(authorization)
})

test('a valid token in a malformed header is refused', async () => {
  const token = await sign(validClaims())
  for (const header of [token, `Token ${token}`, `Bearer "${token}"`, `Bearer ${token}, Bearer ${token}`]) {
    await expectUnauthenticated(header)
  }
})

test.each([
  ['with the required claims', () => sign(validClaims())],
  ['with further claims', () => sign({ ...validClaims(), iss: 'somebody', aud: 'shop', email: 'mina@shop.test' })],
  ['that expired within the clock tolerance', () => sign({ ...validClaims(), exp: inSeconds(-2) })],
])('a valid token %s is accepted', async (_, token) => {
  for (const reply of await balanceOf('mina', `bearer ${await token()}`)) {
    expect(reply.answer).toEqual({ memberId: 'mina', balance: 0 })
  }
})

test('member ids are compared exactly', async () => {
  const authorization = `Bearer ${await sign(validClaims())}`
  for (const other of ['MINA', 'mina.', 'min', 'mina@shop']) {
    for (const reply of await balanceOf(other, authorization)) expectProblem(reply, 'FORBIDDEN')
  }
})

test('a token with the admin role may act for every member', async () => {
  const authorization = `Bearer ${await sign({ ...validClaims(), role: 'admin' })}`
  for (const reply of await balanceOf('jun', authorization)) expect(reply.status).toBe(200)
})

test('the log contains no token and no secret', async () => {
  const token = await sign(validClaims())
  await balanceOf('mina', `Bearer ${token}`)
  await expectUnauthenticated(`Bearer ${token}x`)
  await fetch(`${api.url}/api/nothing`, { headers: { authorization: `Bearer ${token}` } })
  const logged = JSON.stringify(api.log)
  expect(api.log.length).toBeGreaterThan(0)
  expect(logged).not.toContain(AUTH_SECRET)
  for (const part of token.split('.').slice(1)) expect(logged).not.toContain(part)
})
