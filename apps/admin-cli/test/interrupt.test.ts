import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { MAIN } from '../test-support/cli.ts'
import { startProxy } from '../test-support/proxy.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()
const STOPPING = 'Stopping after what is under way. Ctrl-C again: at once.\n'

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops after what is under way and says what was done', async (signal) => {
  const before = await shop.countProducts()
  const reached = Promise.withResolvers<void>()
  const url = await startProxy(shop.url, (_path, nth) => {
    if (nth === 3) reached.resolve()
    return 'pass'
  })
  const { child, ended } = shop.start('products', 'seed', '--count', '1000000', '--key-prefix', signal, '--url', url)
  await reached.promise
  // npm passes on a Ctrl-C that the terminal has sent already.
  child.kill(signal)
  child.kill(signal)
  const { stdout, stderr, exitCode } = await ended
  const [, created] =
    new RegExp(
      `^${STOPPING}Stopped: (\\d+) of 1000000 products were created\\. Run it again to go on: nothing is created twice\\.\n$`,
    ).exec(stderr) ?? []
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 130 })
  expect(await shop.countProducts()).toBe(before + Number(created))
})

test('a second one stops at once and says what is not known', async () => {
  const reached = Promise.withResolvers<void>()
  const url = await startProxy(shop.url, () => {
    reached.resolve()
    return 'hang'
  })
  const { child, ended } = shop.start('products', 'seed', '--count', '10000', '--url', url, '--json')
  await reached.promise
  child.kill('SIGINT')
  await sleep(1_000)
  child.kill('SIGINT')
  const { stdout, stderr, exitCode } = await ended
  expect(stderr).toBe(
    `${STOPPING}Stopped: 0 of 10000 products were created. 4000 more may have been: their answer was lost. Run it again to go on: nothing is created twice.\n`,
  )
  expect({ json: JSON.parse(stdout), exitCode }).toEqual({
    json: { created: 0, existing: 0, skipped: 0, uncertain: 4_000 },
    exitCode: 130,
  })
})

test('a reader that stops reading is no failure', async () => {
  const script = '{ "$@"; echo "exit $?" >&2; } | head -n 1'
  const args = ['-c', script, 'sh', process.execPath, MAIN, 'products', 'list', '--all', '--json']
  const shell = spawn('sh', args, { env: { ...process.env, DATA_DIR: shop.dataDir } })
  const [stdout, stderr] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  expect({ stdout, stderr }).toEqual({ stdout: '[\n', stderr: 'exit 0\n' })
})
