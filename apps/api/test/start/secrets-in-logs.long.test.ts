import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, openDatabase } from '@jumun/domain'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { type Program, startProgram } from '@jumun/test-kit/program'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { issueToken } from '../../src/auth/tokens.ts'
import { exampleInput, procedureNames } from '../../test-support/example-input.ts'
import { call, transports } from '../../test-support/transports.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')

const AUTH_SECRET = `auth ${randomBytes(24).toString('hex')}`
const WEBHOOK_KEY = randomBytes(24).toString('base64')
const ROLE = `api_${randomBytes(4).toString('hex')}`
/** Contains characters that a URL escapes. */
const PASSWORD = `p@ss/w%rd ${randomBytes(8).toString('hex')}`

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })
const database = useTestDatabase()
let admin: Database
beforeAll(async () => {
  admin = await openDatabase({ url: database.url, poolSize: 1 })
  await admin.em.execute(`create role ${ROLE} login superuser password '${PASSWORD}'`)
})
afterAll(async () => {
  await terminateSessions()
  await admin.em.execute(`drop role ${ROLE}`)
  await admin.close(true)
})

/** Terminates all database sessions of the API under test. */
function terminateSessions(): Promise<unknown> {
  return admin.em.execute('select pg_terminate_backend(pid) from pg_stat_activity where usename = ?', [ROLE])
}

async function countIdleSessions(): Promise<number> {
  const [row] = await admin.em.execute<[{ count: number }]>(
    `select count(*)::int as count from pg_stat_activity where usename = ? and state = 'idle'`,
    [ROLE],
  )
  return row.count
}

async function settings(): Promise<Record<string, string>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-secrets-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const url = Object.assign(new URL(database.url), { username: ROLE, password: encodeURIComponent(PASSWORD) })
  return {
    DATA_DIR: dataDir,
    DATABASE_URL: url.href,
    PORT: '0',
    LOG_LEVEL: 'trace',
    AUTH_SECRET,
    DATA_PLATFORM_SECRET: `whsec_${WEBHOOK_KEY}`,
    RATE_LIMIT_PER_SECOND: '0',
  }
}

/** A data platform that refuses everything and returns the request headers. */
async function startEchoPlatform(): Promise<{ url: string; signatures: string[] }> {
  const signatures: string[] = []
  const server = createServer((request, response) => {
    signatures.push(String(request.headers['webhook-signature']).replace(/^v1,/, ''))
    response.writeHead(500, JSON.stringify(request.headers).slice(0, 500)).end(JSON.stringify(request.headers))
  })
  const { url, close } = await listenOnLoopback(server)
  onTestFinished(close)
  return { url, signatures }
}

function outputOf({ stdout, stderr }: Program): string {
  return stdout + stderr
}

/** Payload and signature; the header is no secret. */
const secretPartsOf = (token: string) => token.split('.').slice(1)

async function callEverything(url: string, tokens: (string | undefined)[]): Promise<number[]> {
  const none = '019310a4-6f00-7000-8000-000000000001'
  const ids = { memberId: 'mina', productId: 1, orderId: none, eventId: none }
  const replies = procedureNames.flatMap((name) =>
    transports.flatMap((via) => tokens.map((token) => call({ url, via, name, input: exampleInput(name, ids), token }))),
  )
  return (await Promise.all(replies)).map(({ status }) => status)
}

test('the process writes no token, password or secret, with every procedure called and every dependency broken', async () => {
  const platform = await startEchoPlatform()
  const program = startProgram(MAIN, {
    env: { ...(await settings()), DATA_PLATFORM_URL: platform.url },
    detached: true,
    cleanUp: onTestFinished,
  })
  await program.waitFor(/"msg":"Ready\."/)
  const url = /"url":"([^"]+)"/.exec(program.stdout)?.[1] ?? ''
  const issue = (role: 'admin' | 'member', secret = AUTH_SECRET) =>
    issueToken(secret, { memberId: 'mina', role, expiresInSeconds: 60 })
  const tokens = [
    await issue('admin'),
    await issue('member'),
    await issue('admin', `not ${AUTH_SECRET}`),
    `garbage.${'tea'.repeat(9)}.${'pot'.repeat(9)}`,
  ]

  await call({ url, via: 'REST', name: 'point.charge', input: { memberId: 'mina', amount: 1e6 }, token: tokens[0] })
  const items = [{ name: 'Tea', price: 1, stock: 1_000 }]
  await call({ url, via: 'REST', name: 'product.create', input: { items }, token: tokens[0] })
  const order = { memberId: 'mina', items: [{ productId: 1, quantity: 1 }] }
  expect((await call({ url, via: 'REST', name: 'order.place', input: order, token: tokens[1] })).status).toBe(201)
  const empty = await call({ url, via: 'REST', name: 'cart.checkout', input: { memberId: 'mina' }, token: tokens[1] })
  expect(empty.status).toBe(409)
  // 503: procedures that query the data platform. 409 depends on which calls come first.
  const statuses = new Set(await callEverything(url, [...tokens, undefined]))
  expect(new Set([...statuses, 409])).toEqual(new Set([200, 201, 401, 403, 404, 409, 503]))
  await fetch(`${url}/api/product?access_token=${tokens[0]}`)
  await fetch(`${url}/trpc/product.list?input={}`, { headers: { authorization: `Basic ${btoa(PASSWORD)}` } })
  await vi.waitFor(() => expect(platform.signatures.length).toBeGreaterThan(0), { timeout: scaleByLoad(10_000) })

  // Statements that fail; their errors contain the parameters.
  for (const table of ['point_account', 'product', '"order"', 'cart_item']) {
    await admin.em.execute(`alter table ${table} rename to gone`)
    expect(await callEverything(url, [tokens[0]])).toContain(500)
    await fetch(`${url}/api/product?search=tea`)
    await admin.em.execute(`alter table gone rename to ${table}`)
  }
  // Sessions that end while they are in use, and then while they are idle.
  const calls = callEverything(url, [tokens[0], tokens[1]])
  for (let round = 0; round < 5; round++) await terminateSessions().then(() => sleep(50))
  await calls
  const breakIdleSessions = async () => {
    expect(await countIdleSessions()).toBeGreaterThan(0)
    await terminateSessions()
  }
  await vi.waitFor(breakIdleSessions, { timeout: scaleByLoad(10_000), interval: 500 })
  const isBack = async () =>
    expect((await call({ url, via: 'REST', name: 'product.list', input: {} })).status).toBe(200)
  await vi.waitFor(isBack, { timeout: scaleByLoad(10_000), interval: 500 })
  program.process.kill('SIGTERM')
  await program.end

  for (const line of ['A call failed.', 'Events were not delivered', '"msg":"Call"']) {
    expect(program.stdout).toContain(line)
  }
  const secrets = [AUTH_SECRET, PASSWORD, encodeURIComponent(PASSWORD), WEBHOOK_KEY, btoa(PASSWORD)]
  for (const secret of [...secrets, ...tokens.flatMap(secretPartsOf), ...platform.signatures]) {
    expect(outputOf(program).includes(secret), `${secret} was written`).toBe(false)
  }
  expect(outputOf(program)).not.toMatch(/authorization|bearer|\/api\/product\?/i)
})

test('a failed start writes no password', async () => {
  const good = await settings()
  const changed = (change: (url: URL) => void) => {
    const url = new URL(good['DATABASE_URL'] ?? '')
    change(url)
    return url.href
  }
  const invalidUrls = [
    changed((url) => Object.assign(url, { username: 'nobody-of-that-name' })),
    changed((url) => Object.assign(url, { port: '9' })),
    changed((url) => url.searchParams.set('sslmode', 'verify-full')),
    (good['DATABASE_URL'] ?? '').replace('postgres', 'mysql'),
    (good['DATABASE_URL'] ?? '').replace('%2F', '%zz'),
    (good['DATABASE_URL'] ?? '').replace('@127', '@@127'),
  ]
  const programs = invalidUrls.map((DATABASE_URL) =>
    startProgram(MAIN, { env: { ...good, DATABASE_URL }, detached: true, cleanUp: onTestFinished }),
  )
  for (const program of programs) {
    expect((await program.end).code).toBe(1)
    expect(program.stderr).toMatch(/^[^\n]+\n$/)
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), PASSWORD.slice(-16), AUTH_SECRET, WEBHOOK_KEY]) {
      expect(outputOf(program).includes(secret), `${secret} was written: ${outputOf(program)}`).toBe(false)
    }
  }
})
