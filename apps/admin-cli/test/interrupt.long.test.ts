import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { MAIN } from '../test-support/cli.ts'
import { startReachedProxy } from '../test-support/reached-proxy.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()
const STOPPING = 'Stopping once the running calls end. Ctrl-C again stops at once.\n'

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops after the running calls and reports what was done',
  async (signal) => {
    const before = await shop.countProducts()
    const { url, reached } = await startReachedProxy(shop.url, 3)
    const { child, ended } = shop.start('products', 'seed', '--count', '1000000', '--key-prefix', signal, '--url', url)
    await reached
    // Under npm one Ctrl-C arrives twice: from the terminal and from npm.
    child.kill(signal)
    child.kill(signal)
    const { stdout, stderr, exitCode } = await ended
    const [, created] =
      new RegExp(
        `^${STOPPING}Stopped: (\\d+) of 1000000 products were created\\. Run it again to continue: nothing is created twice\\.\n$`,
      ).exec(stderr) ?? []
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 130 })
    expect(await shop.countProducts()).toBe(before + Number(created))
  },
)

test('a second Ctrl-C stops at once and reports how many outcomes are unknown', async () => {
  const reached = Promise.withResolvers<void>()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ path }) => {
      if (!path.includes('product.create')) return 'pass'
      reached.resolve()
      return 'hang'
    },
    cleanUp: onTestFinished,
  })
  const { child, ended } = shop.start('products', 'seed', '--count', '10000', '--url', url, '--json')
  await reached.promise
  child.kill('SIGINT')
  await sleep(1_000)
  child.kill('SIGINT')
  const { stdout, stderr, exitCode } = await ended
  expect(stderr).toBe(
    `${STOPPING}Stopped: 0 of 10000 products were created. 4000 more may have been: their reply was lost. Run it again to continue: nothing is created twice.\n`,
  )
  expect({ json: JSON.parse(stdout), exitCode }).toEqual({
    json: { created: 0, existing: 0, skipped: 0, uncertain: 4_000 },
    exitCode: 130,
  })
})

/** Makes the API's reply to a request with one call. */
function answer(data: unknown): Response {
  return Response.json([{ result: { data } }])
}

const event = (n: number) => ({ id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` })

test('replaying reports what was sent again after a lost reply or Ctrl-C', async () => {
  const reached = Promise.withResolvers<void>()
  const fateOfSecond: ('lose' | 'hang')[] = ['lose', 'hang']
  for (const fate of fateOfSecond) {
    let replays = 0
    const url = await startHttpProxy({
      target: shop.url,
      fateOf: ({ path }) => {
        if (path.startsWith('/trpc/outbox.list')) {
          const items = Array.from({ length: 100 }, (_, n) => event(n))
          return answer({ items, nextCursor: path.includes('cursor') ? null : 'second' })
        }
        if (++replays === 1) return answer({ replayed: 99 })
        if (fate === 'hang') reached.resolve()
        return fate
      },
      cleanUp: onTestFinished,
    })
    const { child, ended } = shop.start('outbox', 'replay', '--all', '--url', url)
    if (fate === 'hang') {
      await reached.promise
      child.kill('SIGINT')
      await sleep(1_000)
      child.kill('SIGINT')
    }
    const { stdout, stderr, exitCode } = await ended
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: fate === 'hang' ? 130 : 3 })
    expect(stderr).toMatch(
      /99 of 200 events were queued to be sent again\. 100 more may have been: their reply was lost\. It is safe to repeat\.\n$/,
    )
    expect(stderr).toContain('1 of the ids are not dead letters, or no longer.\n')
    expect(stderr.includes(`${STOPPING}1 of`)).toBe(fate === 'hang')
  }
})

test('reconciling stops between two calls on Ctrl-C and reports what was done', async () => {
  let calls = 0
  const reached = Promise.withResolvers<void>()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: () => {
      if (++calls === 3) reached.resolve()
      return answer({ compared: 500, fresh: 0, differences: [], nextCursor: 'next' })
    },
    cleanUp: onTestFinished,
  })
  const { child, ended } = shop.start('reconcile', '--url', url)
  await reached.promise
  child.kill('SIGINT')
  const { stdout, stderr, exitCode } = await ended
  expect(exitCode).toBe(130)
  const compared = calls * 500
  expect(stdout).toMatch(new RegExp(`^COMPARED .+\\n +${compared} +0 `))
  expect(stderr).toBe(
    `${STOPPING}Stopped: ${compared} orders were compared, and 0 were sent again. It is safe to repeat.\n`,
  )
})

test('reconciling reports what was done before a failure', async () => {
  const problem = { code: 'FORBIDDEN', title: 'Forbidden', status: 403, detail: 'No more.', type: 'x', requestId: 'r' }
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) =>
      nth === 1
        ? answer({ compared: 500, fresh: 0, differences: [], nextCursor: 'next' })
        : Response.json([{ error: { message: 'x', code: 1, data: { code: 'FORBIDDEN', httpStatus: 403, problem } } }], {
            status: 403,
          }),
    cleanUp: onTestFinished,
  })
  const { stdout, stderr, exitCode } = await shop.run('reconcile', '--url', url, '--json')
  expect(JSON.parse(stdout)).toMatchObject({ compared: 500 })
  expect({ stderr, exitCode }).toEqual({
    stderr: 'error: No more. 500 orders were compared, and 0 were sent again. It is safe to repeat.\n',
    exitCode: 1,
  })
})

const REPEATABLE =
  /^Stopped: whether it was done is not known; with --key [0-9a-f]{32} it can be repeated and is done once\.\n$/

test.each([
  ['points charge mina 5', REPEATABLE],
  ['products create --name Tea --price 1 --stock 1', /^Stopped: whether it was done is not known\.\n$/],
  ['products update 1 --price 2', REPEATABLE],
  ['orders cancel 019310a4-6f00-7000-8000-000000000001', REPEATABLE],
])('%s reports an unknown outcome after Ctrl-C', async (command, message) => {
  const reached = Promise.withResolvers<void>()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: () => {
      reached.resolve()
      return 'hang'
    },
    cleanUp: onTestFinished,
  })
  const { child, ended } = shop.start(...command.split(' '), '--url', url)
  await reached.promise
  child.kill('SIGINT')
  const { stdout, stderr, exitCode } = await ended
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 130 })
  expect(stderr).toMatch(message)
})

test('a reader that closes the pipe early causes no failure', async () => {
  const script = '{ "$@"; echo "exit $?" >&2; } | head -n 1'
  const args = ['-c', script, 'sh', process.execPath, MAIN, 'products', 'list', '--all', '--json']
  const shell = spawn('sh', args, { env: { ...process.env, DATA_DIR: shop.dataDir } })
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  expect({ stdout, stderr }).toEqual({ stdout: '[\n', stderr: 'exit 0\n' })
})
