import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { takenPort } from '@jumun/test-kit/ports'
import { type Program, startProgram } from '@jumun/test-kit/program'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test, vi } from 'vitest'
import { issueToken } from '../../src/auth/tokens.ts'
import { malformedSettings } from '../../test-support/invalid-settings.ts'
import { lockRows } from '../../test-support/lock-rows.ts'
import { call } from '../../test-support/transports.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')

const AUTH_SECRET = 'a secret that only the tests of the API know'

const database = useTestDatabase()

async function emptyDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jumun-api-process-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Valid settings: the test database, a free port, and no data platform. */
async function settings(): Promise<Record<string, string>> {
  return {
    DATA_DIR: await emptyDir(),
    DATABASE_URL: database.url,
    PORT: '0',
    DATA_PLATFORM_URL: 'http://127.0.0.1:9',
    AUTH_SECRET,
  }
}

async function expectRefused(env: Record<string, string>, line: RegExp): Promise<void> {
  const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
  expect(await program.end).toEqual({ code: 1, signal: null })
  expect(program.stderr).toMatch(/^[^\n]+\n$/)
  expect(program.stderr).toMatch(line)
  expect(program.stdout).toBe('')
}

async function startApiProcess(env: Record<string, string>): Promise<{ program: Program; url: string }> {
  const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
  await program.waitFor(/"Ready\."/)
  const ready = program.stdout.split('\n').find((line) => line.includes('"Ready."')) ?? ''
  return { program, url: JSON.parse(ready).url }
}

// What each setting accepts, and that it is named, is tested without a process.
test('a malformed setting stops the process with one line that names it, before anything is created', async () => {
  for (const name of ['HOST', 'DATA_PLATFORM_SECRET', 'LOG_LEVEL']) {
    const env = { ...(await settings()), [name]: malformedSettings[name]?.[0] ?? '' }
    await expectRefused(env, new RegExp(`^${name}: must be `))
    expect(existsSync(join(env['DATA_DIR'] ?? '', 'data-platform-secret'))).toBe(false)
  }
})

test('an unknown setting stops the process with one line that names it', async () => {
  const env = { ...(await settings()), DATABASE_ULR: 'postgres://db.test/shop' }
  await expectRefused(env, /^DATABASE_ULR: unknown setting; did you mean DATABASE_URL\?$/m)
})

test('a database that cannot be used stops the process with one line that names its setting', async () => {
  const url = new URL(database.url)
  const wrong = (change: Partial<URL>) => Object.assign(new URL(url), change).href
  for (const DATABASE_URL of [
    'postgres://127.0.0.1:9/shop',
    'postgres://localhost:9/shop',
    wrong({ password: 'wrong' }),
    wrong({ pathname: '/no-such-database' }),
  ]) {
    await expectRefused({ ...(await settings()), DATABASE_URL }, /^DATABASE_URL: [^\n]*(ECONNREFUSED|password|exist)/)
  }
})

test('a port in use stops the process with one line that names its setting', async () => {
  const port = await takenPort(onTestFinished)
  await expectRefused({ ...(await settings()), PORT: String(port) }, new RegExp(`^PORT: 127.0.0.1:${port} is taken`))
})

test('a host that is not an address of this machine stops the process with one line that names its setting', async () => {
  await expectRefused({ ...(await settings()), HOST: '192.0.2.1' }, /^HOST: /)
})

test('a data directory that cannot be created stops the process with one line that names its setting', async () => {
  const file = join(await emptyDir(), 'file')
  await writeFile(file, '')
  await expectRefused({ ...(await settings()), DATA_DIR: join(file, 'data') }, /^DATA_DIR: /)
})

test('the log is one JSON object per line and contains no secret', async () => {
  const env: Record<string, string> = { ...(await settings()), LOG_LEVEL: 'trace' }
  const { program, url } = await startApiProcess(env)
  const token = await issueToken(AUTH_SECRET, { memberId: 'mina', role: 'member', expiresInSeconds: 60 })
  await call({ url, via: 'REST', name: 'point.balance', input: { memberId: 'mina' }, token })
  program.process.kill('SIGTERM')
  await program.end
  const lines = program.stdout.trim().split('\n')
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) })
  const dataPlatformSecret = (await readFile(join(env['DATA_DIR'] ?? '', 'data-platform-secret'), 'utf8')).trim()
  for (const secret of [AUTH_SECRET, dataPlatformSecret, new URL(database.url).password, token]) {
    expect(program.stdout + program.stderr).not.toContain(secret)
  }
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s lets a running call finish, even when the signal is repeated, and the process exits with code 0',
  async (signal) => {
    const env = await settings()
    const { program, url } = await startApiProcess(env)
    const memberId = `member-${signal}`
    const token = await issueToken(AUTH_SECRET, { memberId, role: 'admin', expiresInSeconds: 60 })
    const input = { memberId, amount: 5 }
    await call({ url, via: 'REST', name: 'point.charge', input, token })
    const lock = await lockRows({ databaseUrl: database.url }, 'point_account', 'member_id', [memberId])
    const slow = call({ url, via: 'REST', name: 'point.use', input, token })
    slow.catch(() => {})
    await lock.untilBlocked()
    program.process.kill(signal)
    const expectClosed = () => expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed')
    await vi.waitFor(expectClosed, { timeout: scaleByLoad(5_000), interval: 20 })
    program.process.kill(signal)
    // No event shows that the process has handled the second signal. Not scaled: the call waits for its lock 1.4 s at most.
    await sleep(100)
    await expectClosed()
    await lock.release()
    expect((await slow).answer).toEqual({ memberId, balance: 0 })
    expect(await program.end).toEqual({ code: 0, signal: null })
    expect(existsSync(join(env['DATA_DIR'] ?? '', 'api-url'))).toBe(false)
  },
)

test('the data directory contains the URL of the API while it runs', async () => {
  const env = await settings()
  const { url } = await startApiProcess(env)
  expect(await readFile(join(env['DATA_DIR'] ?? '', 'api-url'), 'utf8')).toBe(`${url}\n`)
})
