import { jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { runCli } from '../test-support/cli.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

async function claimsOf(token: string, secret = shop.authSecret) {
  return (await jwtVerify(token.trim(), new TextEncoder().encode(secret), { algorithms: ['HS256'] })).payload
}

test('the default token is for an admin, lasts one hour, and is printed alone', async () => {
  const { stdout, stderr } = await shop.run('token')
  expect(stderr).toBe('')
  const { sub, role, exp = 0, iat = 0 } = await claimsOf(stdout)
  expect({ sub, role, seconds: exp - iat }).toEqual({ sub: 'admin', role: 'admin', seconds: 3_600 })
  expect((await shop.run('points', 'balance', 'mina', '--token', stdout)).exitCode).toBe(0)
})

test.each([
  [['mina'], { sub: 'mina', role: 'member' }, 3_600],
  [['mina', '--expires', '90s'], { sub: 'mina', role: 'member' }, 90],
  [['boss', '--role', 'admin', '--expires', '7d'], { sub: 'boss', role: 'admin' }, 604_800],
])('token %j', async (args, claims, seconds) => {
  const before = Date.now()
  const { token, expiresAt } = await shop.json<{ token: string; expiresAt: string }>('token', ...args)
  const after = Date.now()
  const { exp = 0, iat = 0, ...payload } = await claimsOf(token)
  expect(payload).toEqual(claims)
  expect(exp - iat).toBe(seconds)
  for (const end of [Date.parse(expiresAt), exp * 1_000]) {
    // A token has whole seconds.
    expect(end - seconds * 1_000).toBeGreaterThan(before - 1_000)
    expect(end - seconds * 1_000).toBeLessThanOrEqual(after)
  }
})

test("a member's token allows what a member may", async () => {
  const { stdout: token } = await shop.run('token', 'mina')
  expect((await shop.run('points', 'balance', 'mina', '--token', token)).exitCode).toBe(0)
  expect((await shop.run('points', 'balance', 'jun', '--token', token)).exitCode).toBe(1)
})

test('AUTH_SECRET takes precedence over the file, and the first of several secrets signs', async () => {
  const secret = 'another secret of more than 32 characters'
  const AUTH_SECRET = `${secret}, ${'o'.repeat(32)}`
  const { stdout } = await runCli(['token'], { DATA_DIR: shop.dataDir, AUTH_SECRET })
  expect(await claimsOf(stdout, secret)).toMatchObject({ role: 'admin' })
})

test.each([
  [['token', 'mi na'], 'error: A member id is 1 to 64 of A-Z a-z 0-9 . _ : @ -\n'],
  [['token', '--role', 'member'], 'error: A token of the role member needs a member: jumun token <memberId>\n'],
  [
    ['token', '--role', 'king'],
    "error: option '--role <role>' argument 'king' is invalid. Allowed choices are admin, member.\n",
  ],
  [
    ['token', '--expires', '5y'],
    /^error: option '--expires <time>' argument '5y' is invalid\. It must be a time such as/,
  ],
  [['token', '--expires', '0s'], /It must be a time such as/],
  [['token', '--expires', '366d'], /It must be a time such as/],
])('%j is wrong usage', async (args, message) => {
  const { stdout, stderr, exitCode } = await shop.run(...args)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})

test('without a key no token is made', async () => {
  const { stderr, exitCode } = await runCli(['token'], { DATA_DIR: '/nonexistent' })
  expect(stderr).toBe('error: There is no key to sign with: set AUTH_SECRET, or start the API once.\n')
  expect(exitCode).toBe(2)
})
