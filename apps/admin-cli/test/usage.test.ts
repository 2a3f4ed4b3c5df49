import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from '../src/program.ts'
import { runCli } from '../test-support/cli.ts'

/** Wrong usage is found without a server. */
function run(...args: string[]) {
  return runCli(args, { DATA_DIR: '/nonexistent' })
}

const amount =
  "error: command-argument value '%' is invalid for argument 'amount'. It must be a whole number in plain digits"

test.each(['1e3', '1.5', '1,000', '0x10', '', ' 1', 'NaN', 'Infinity', '1_000', '9007199254740993'])(
  '%j is not an amount',
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
  [['points', 'balance', 'mina', 'jun'], /^error: too many arguments/],
  [['products', 'create', '--name', 'Tea'], /^error: required option '--price <amount>' not specified\n$/],
  [['products', 'list', '--limit', '0'], /It must be 1 or more\.\n$/],
  [
    ['products', 'list', '--limit', '3', '--all'],
    /^error: option '--all' cannot be used with option '--limit <number>'\n$/,
  ],
  [['orders', 'list', '--status', 'payed'], /It must be one of PENDING_PAYMENT, PAID, CANCELLED, EXPIRED\.\n$/],
  [['orders', 'list', '--from', 'yesterday'], /It must be a time in UTC such as/],
  [['outbox', 'list', '--dead', '--waiting'], /^error: option '--waiting' cannot be used with option '--dead'\n$/],
  [['outbox', 'relpay', '--all'], "error: unknown command 'relpay'\n(Did you mean replay?)\n"],
  [['reconcile', '--grace', 'soon'], /It must be a time such as 90s/],
  [['products', 'seed', '--count', '0'], /It must be 1 or more\.\n$/],
  [['products', 'seed', '--file', 'a.csv', '--count', '3'], /cannot be used with option/],
])('%j is wrong usage, and the error says why', async (args, message) => {
  const { stdout, stderr, exitCode } = await run(...args)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})

test.each([[], ['points'], ['products'], ['orders'], ['outbox']])(
  '%j alone prints the help to stderr',
  async (...args) => {
    const { stdout, stderr, exitCode } = await run(...args)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(/^Usage: jumun/)
  },
)

const commands = [
  'points charge',
  'points balance',
  'points history',
  'members list',
  'products seed',
  'products list',
  'products show',
  'products create',
  'products update',
  'products remove',
  'orders show',
  'orders cancel',
  'orders list',
  'audit',
  'reconcile',
  'outbox list',
  'outbox replay',
  'top',
  'watch',
  'token',
  'completion',
]

test('--help prints to stdout every command, examples and exit codes', async () => {
  const { stdout, stderr, exitCode } = await run('--help')
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  for (const part of [
    ...commands.map((command) => `\n  ${command} `),
    'Examples:',
    'Exit codes:',
    'JUMUN_URL',
    'NO_COLOR',
  ])
    expect(stdout).toContain(part)
  expect(stdout).not.toContain('\u001b')
})

test('the help of every command has an example and the global options', () => {
  const seen: string[] = []
  const visit = (command: Command, path: string[]) => {
    for (const child of command.commands) visit(child, [...path, child.name()])
    if (command.commands.length > 0 || path[0] === 'complete') return
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    expect(help).toMatch(new RegExp(`Examples?:\\n(.*\\n)*? +.*jumun ${path.join(' ')}`))
    for (const part of ['--json', '--token', '--url']) expect(help).toContain(part)
    seen.push(path.join(' '))
  }
  visit(createProgram(), [])
  expect(seen.sort()).toEqual([...commands].sort())
})

test('docs/cli.md lists every command', async () => {
  const page = await readFile(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
  for (const command of commands) expect(page).toMatch(new RegExp(`^\\| (.*, )?\`${command}[ \`]`, 'm'))
})

test.each(['points charge', 'products seed', 'outbox replay', 'reconcile'])(
  '%s is a bulk change with --dry-run and --yes',
  async (command) => {
    const { stdout } = await run(...command.split(' '), '--help')
    expect(stdout).toMatch(/^ {2}--yes +do not ask first/m)
    expect(stdout).toMatch(/^ {2}--dry-run +check and say/m)
  },
)

test('the version is printed', async () => {
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})
