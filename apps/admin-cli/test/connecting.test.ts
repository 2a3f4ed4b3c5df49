import { createServer } from 'node:http'
import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { type Listening, listenOnLoopback } from '@jumun/test-kit/loopback'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { run } from '../src/program.ts'
import { runCli } from '../test-support/cli.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()
let spy: Listening
let seen: (string | undefined)[]

beforeEach(async () => {
  seen = []
  const server = createServer((request, reply) => {
    seen.push(request.headers.authorization)
    reply.writeHead(404, { 'content-type': 'text/html' }).end('<h1>nothing here</h1>')
  })
  spy = await listenOnLoopback(server)
})

afterEach(() => spy.close())

test('with a local data directory neither address nor token is needed', async () => {
  expect((await shop.run('points', 'charge', 'mina', '1')).exitCode).toBe(0)
})

test('address and token come from an option or the environment, and the option wins', async () => {
  const JUMUN_TOKEN = await shop.token('mina', 'member')
  const args = ['points', 'balance', 'mina']
  const elsewhere = { DATA_DIR: '/nonexistent' }
  expect((await runCli(args, { ...elsewhere, JUMUN_TOKEN, JUMUN_URL: shop.url })).exitCode).toBe(0)
  expect((await runCli([...args, '--url', shop.url, '--token', JUMUN_TOKEN], elsewhere)).exitCode).toBe(0)
  expect(
    (await runCli([...args, '--url', shop.url], { ...elsewhere, JUMUN_TOKEN, JUMUN_URL: 'http://[::1]:1' })).exitCode,
  ).toBe(0)
})

test('public data needs no token', async () => {
  expect((await runCli(['products', 'list', '--url', shop.url], { DATA_DIR: '/nonexistent' })).exitCode).toBe(0)
})

test('without a token the error says how to give one', async () => {
  const { stderr, exitCode } = await runCli(['points', 'balance', 'mina', '--url', shop.url], {
    DATA_DIR: '/nonexistent',
  })
  expect(stderr).toMatch(/^error: A token is needed.* \(give a token with --token or JUMUN_TOKEN\)\n$/)
  expect(exitCode).toBe(1)
})

test('a token signed with the local key is sent to this machine', async () => {
  await shop.run('points', 'balance', 'mina', '--url', `http://127.0.0.1:${spy.port}`)
  expect(seen).toEqual([expect.stringMatching(/^Bearer ey/)])
})

test('a token signed with the local key is sent to no other machine', async () => {
  await shop.run('points', 'balance', 'mina', '--url', `http://0.0.0.0:${spy.port}`)
  expect(seen).toEqual([undefined])
})

test('a token signed with AUTH_SECRET is sent to any address', async () => {
  const AUTH_SECRET = 'a secret of more than 32 characters, by hand'
  await runCli(['points', 'balance', 'mina', '--url', `http://0.0.0.0:${spy.port}`], {
    DATA_DIR: shop.dataDir,
    AUTH_SECRET,
  })
  expect(seen).toEqual([expect.stringMatching(/^Bearer ey/)])
})

test('a server that is not a Jumun API counts as unreachable', async () => {
  const { stdout, stderr, exitCode } = await shop.run(
    'points',
    'balance',
    'mina',
    '--url',
    `http://127.0.0.1:${spy.port}`,
  )
  expect(stderr).toBe(`error: http://127.0.0.1:${spy.port} answered with status 404 and no readable JSON.\n`)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
})

test.each([
  ['points balance mina', ''],
  ['audit', ''],
  ['products create --name Tea --price 1 --stock 1', ' Nothing was done.'],
  ['orders cancel 019310a4-6f00-7000-8000-000000000001', ' Nothing was done.'],
])('a server that refuses the connection is reported at once, and that nothing was done: %s', async (command, done) => {
  const requests = vi.spyOn(globalThis, 'fetch')
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  onTestFinished(() => {
    vi.restoreAllMocks()
  })
  await spy.close()
  const url = `http://127.0.0.1:${spy.port}`
  expect(await run([...command.split(' '), '--url', url])).toBe(3)
  const reason = `connect ECONNREFUSED 127.0.0.1:${spy.port}.`
  expect(printed.mock.calls).toEqual([[`error: ${url} cannot be reached: ${reason}${done}\n`]])
  expect(requests).toHaveBeenCalledOnce()
})

test('without a running API the error is immediate', async () => {
  const { stderr, exitCode } = await runCli(['products', 'list'], { DATA_DIR: '/nonexistent' })
  expect(stderr).toMatch(/^error: No API is running beside \/nonexistent\. Start one with npm start, or .+\n$/)
  expect(exitCode).toBe(3)
})

test.each(['jumun', 'ftp://jumun.test', 'http://'])('the address %j is wrong usage', async (url) => {
  const { stderr, exitCode } = await shop.run('products', 'list', '--url', url)
  expect({ stderr, exitCode }).toEqual({ stderr: `error: ${url} is not an http address.\n`, exitCode: 2 })
})

test.each([['products', 'seed', '--count', '5'], ['points', 'charge', '--file', 'charges.csv'], ['audit']])(
  '%j checks that the server answers before long work',
  async (...args) => {
    await shop.file('charges.csv', 'memberId,amount\nmina,5\n')
    const paths: string[] = []
    const url = await startHttpProxy({
      target: shop.url,
      fateOf: ({ path }) => {
        paths.push(path)
        return new Response('"nobody"', { status: 404 })
      },
      cleanUp: onTestFinished,
    })
    const { stdout, stderr, exitCode } = await shop.run(...args, '--url', url)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
    expect(stderr).toBe('error: What answered is not the Jumun API (status 404).\n')
    expect(paths).toEqual([expect.stringContaining('/trpc/product.list')])
  },
)
