import { expect, test } from 'vitest'
import { runCli } from '../test-support/cli.ts'

/** No server is needed to be told that one is wrong. */
function run(...args: string[]) {
  return runCli(args, { DATA_DIR: '/nonexistent' })
}

const amount =
  "error: command-argument value '%' is invalid for argument 'amount'. It must be a whole number in plain digits"

test.each(['1e3', '1.5', '1,000', '0x10', '', ' 1', 'NaN', 'Infinity', '1_000', '9007199254740993'])(
  '%j is no amount',
  async (text) => {
    const { stdout, stderr, exitCode } = await run('points', 'charge', 'mina', text)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain(amount.replace('%', text))
  },
)

test.each([
  [['pionts'], "error: unknown command 'pionts'\n(Did you mean points?)\n"],
  [['points', 'blance', 'mina'], "error: unknown command 'blance'\n(Did you mean balance?)\n"],
  [['products', 'list', '--serach', 'tea'], "error: unknown option '--serach'\n(Did you mean --search?)\n"],
  [['points', 'charge', 'mina'], "error: missing required argument 'amount'\n"],
  [['points', 'balance', 'mina', 'jun'], /^error: too many arguments/],
  [['products', 'create', '--name', 'Tea'], /^error: required option '--price <amount>' not specified\n$/],
  [['products', 'list', '--limit', '0'], /It must be 1 or more\.\n$/],
  [
    ['products', 'list', '--limit', '3', '--all'],
    /^error: option '--all' cannot be used with option '--limit <number>'\n$/,
  ],
  [['products', 'seed', '--count', '0'], /It must be 1 or more\.\n$/],
  [['products', 'seed', '--file', 'a.csv', '--count', '3'], /cannot be used with option/],
])('%j is wrong usage, and says what is wrong', async (args, message) => {
  const { stdout, stderr, exitCode } = await run(...args)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})

test.each([[], ['points'], ['products'], ['orders']])('%j alone shows the help on stderr', async (...args) => {
  const { stdout, stderr, exitCode } = await run(...args)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^Usage: jumun/)
})

test('the help that was asked for is data, has examples, and names every command', async () => {
  const { stdout, stderr, exitCode } = await run('--help')
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  for (const part of ['points', 'products', 'orders', 'token', 'Examples:', 'Exit codes:', 'JUMUN_URL'])
    expect(stdout).toContain(part)
  expect(stdout).not.toContain('\u001b')
})

test('the help of a command has an example and the options of all', async () => {
  const { stdout } = await run('products', 'seed', '--help')
  for (const part of ['--count', '--file', 'Examples:', '--json', '--token']) expect(stdout).toContain(part)
})

test('the version is printed', async () => {
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
