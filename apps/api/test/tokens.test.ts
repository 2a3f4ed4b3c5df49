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
const good = (): JWTPayload => ({ sub: 'mina', exp: inSeconds(600) })

function sign(payload: JWTPayload, header: { alg?: string } & Record<string, unknown> = {}): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', ...header }).sign(KEY)
}

/** A token to the letter, signed with our key whatever it says. */
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
  const publicly = transports.map((via) =>
    call({ url: api.url, via, name: 'product.list', input: {}, headers: { authorization } }),
  )
  for (const reply of [...(await balanceOf('mina', authorization)), ...(await Promise.all(publicly))]) {
    expectProblem(reply, 'UNAUTHENTICATED')
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
  }
}

const HS256 = { alg: 'HS256' }

const badTokens: [name: string, token: () => Promise<string> | string][] = [
  ['expired', () => sign({ ...good(), exp: inSeconds(-10) })],
  ['not good yet', () => sign({ ...good(), nbf: inSeconds(60) })],
  ['good for ever', () => sign({ sub: 'mina' })],
  ['of nobody', () => sign({ exp: inSeconds(600) })],
  ['of a member id that is none', () => sign({ ...good(), sub: 'mi na' })],
  ['of an empty member id', () => sign({ ...good(), sub: '' })],
  ['of a member id of 65 characters', () => sign({ ...good(), sub: 'm'.repeat(65) })],
  ['of a role that there is not', () => sign({ ...good(), role: 'root' })],
  ['of a role in capitals', () => sign({ ...good(), role: 'ADMIN' })],
  ['of several roles', () => sign({ ...good(), role: ['admin'] })],
  ['of a role that is null', () => sign({ ...good(), role: null })],
  ['of a number', () => forge(HS256, { ...good(), sub: 1 })],
  ['of an object', () => forge(HS256, { ...good(), sub: { $ne: null } })],
  ['until some text', () => forge(HS256, { ...good(), exp: '9999999999' })],
  ['of no JSON', () => forge(HS256, 'sub=mina')],
  ['of a list', () => forge(HS256, [good()])],
  ['with alg none and no signature', () => forge({ alg: 'none' }, good()).replace(/[^.]*$/, '')],
  ['with alg none and a signature', () => forge({ alg: 'none' }, good())],
  ['with alg nOnE', () => forge({ alg: 'nOnE' }, good())],
  ['with no alg', () => forge({ typ: 'JWT' }, good())],
  ['with the right key and HS512', () => sign(good(), { alg: 'HS512' })],
  ['with RS256 in its header and an HMAC', () => forge({ alg: 'RS256' }, good())],
  ['with a critical extension', () => forge({ ...HS256, crit: ['mind'], mind: 1 }, good())],
  ['without its signature', async () => (await sign(good())).replace(/[^.]*$/, '')],
  [
    "with another token's signature",
    async () => {
      const [header, payload] = (await sign({ ...good(), role: 'admin' })).split('.')
      return `${header}.${payload}.${(await sign(good())).split('.')[2]}`
    },
  ],
  ['with a foreign key', () => forge(HS256, good(), 'another secret that is as long as ours')],
  ['with an empty key', () => forge(HS256, good(), '')],
  [
    'with a real RS256 key',
    async () => {
      const { privateKey } = await generateKeyPair('RS256')
      return new SignJWT(good()).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    },
  ],
  [
    'with the key that it brings along',
    async () => {
      const { privateKey, publicKey } = await generateKeyPair('ES256')
      const jwk = await exportJWK(publicKey)
      return new SignJWT(good()).setProtectedHeader({ alg: 'ES256', jwk }).sign(privateKey)
    },
  ],
  ['with a key at an address of its own', () => forge({ ...HS256, jku: 'http://127.0.0.1:9/keys' }, good(), 'x')],
]

test.each(badTokens)('a token %s is refused', async (_, token) => {
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

test('a good token in the wrong dress is refused', async () => {
  const token = await sign(good())
  for (const dress of [token, `Token ${token}`, `Bearer "${token}"`, `Bearer ${token}, Bearer ${token}`]) {
    await expectUnauthenticated(dress)
  }
})

test.each([
  ['as it is', () => sign(good())],
  ['with more in it than we know', () => sign({ ...good(), iss: 'somebody', aud: 'shop', email: 'mina@shop.test' })],
  ['that ended within the tolerance for clocks', () => sign({ ...good(), exp: inSeconds(-2) })],
])('a good token %s is taken', async (_, token) => {
  for (const reply of await balanceOf('mina', `bearer ${await token()}`)) {
    expect(reply.answer).toEqual({ memberId: 'mina', balance: 0 })
  }
})

test('a member is whom the token names, to the letter', async () => {
  const authorization = `Bearer ${await sign(good())}`
  for (const other of ['MINA', 'mina.', 'min', 'mina@shop']) {
    for (const reply of await balanceOf(other, authorization)) expectProblem(reply, 'FORBIDDEN')
  }
})

test('an admin is whoever the token says so of', async () => {
  const authorization = `Bearer ${await sign({ ...good(), role: 'admin' })}`
  for (const reply of await balanceOf('jun', authorization)) expect(reply.status).toBe(200)
})

test('no token and no secret is ever logged', async () => {
  const token = await sign(good())
  await balanceOf('mina', `Bearer ${token}`)
  await expectUnauthenticated(`Bearer ${token}x`)
  await fetch(`${api.url}/api/nothing`, { headers: { authorization: `Bearer ${token}` } })
  const logged = JSON.stringify(api.log)
  expect(api.log.length).toBeGreaterThan(0)
  expect(logged).not.toContain(AUTH_SECRET)
  for (const part of token.split('.').slice(1)) expect(logged).not.toContain(part)
})
