import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createProgram } from '../src/program.ts'
import { MAIN, runCli } from '../test-support/cli.ts'
import { startInTerminal } from '../test-support/terminal.ts'

/** Returns the reply to a completion script. It runs in the test's process, because it calls no server. */
async function suggest(...words: string[]): Promise<string[]> {
  const written: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  onTestFinished(() => write.mockRestore())
  await createProgram().parseAsync(['complete', '--', ...words], { from: 'user' })
  return written.join('').trimEnd().split('\n')
}

test.each([
  [['products', 'se'], ['seed']],
  [['products', 'seed', '--on'], ['--on-error']],
  [
    ['products', 'seed', '--on-error', ''],
    ['stop', 'skip'],
  ],
  [
    ['points', 'history', '--'],
    ['--limit', '--all', '--help', '--version', '--url', '--token', '--json'],
  ],
  [
    ['outbox', ''],
    ['list', 'replay', 'help'],
  ],
  [
    ['outbox', 'replay', '--'],
    ['--all', '--reason', '--yes', '--dry-run', '--help', '--version', '--url', '--token', '--json'],
  ],
  [['rec'], ['reconcile']],
  [['reconcile', '--gr'], ['--grace']],
  [['token', '--role', 'ad'], ['admin']],
  [['wa'], ['watch']],
  [
    ['watch', '--topic', 'prod'],
    ['products', 'product:'],
  ],
  [['watch', '--topic', 'orders', '--a'], ['--after']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['nonsense', 'x'], []],
])('completes %j', async (words, expected) => {
  const suggestions = (await suggest(...words)).filter((line) => !line.startsWith(':'))
  expect(suggestions.map((line) => line.split('\t')[0])).toEqual(expected)
})

test.each([[['--file', 'a']], [['--file', '']], [['--file=a']]])(
  'after %j the shell completes file names',
  async (words) => {
    expect(await suggest('products', 'seed', ...words)).toEqual(['csv', 'jsonl', 'ndjson', 'json', ':8'])
  },
)

test.each(['bash', 'zsh', 'fish'])('%s gets a completion script, also as JSON', async (shell) => {
  const { stdout, exitCode } = await runCli(['completion', shell], {})
  expect(exitCode).toBe(0)
  expect(stdout).toContain('jumun complete --')
  const asJson = await runCli(['completion', shell, '--json'], {})
  expect(JSON.parse(asJson.stdout)).toEqual({ shell, script: stdout })
})

/** Starts bash in a terminal, in a directory with only these files, with only the program's completion loaded. */
async function startBash(...files: string[]) {
  const dir = await mkdtemp(join(tmpdir(), 'jumun-bash-test-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const cwd = join(dir, 'here')
  await mkdir(join(cwd, 'more'), { recursive: true })
  for (const file of files) await writeFile(join(cwd, file), '')
  const rc = `
    PS1='$ '
    jumun() { "${process.execPath}" "${MAIN}" "$@"; }
    source <(jumun completion bash)
    source <(jumun completion bash)`
  await writeFile(join(dir, 'rc'), rc)
  const env = { PATH: process.env['PATH'] ?? '', HOME: dir, DATA_DIR: '/nonexistent', LC_ALL: 'C' }
  const bash = startInTerminal('bash', ['--noprofile', '--rcfile', join(dir, 'rc'), '-i'], { env, cwd, columns: 120 })
  // Sourcing the script twice prints nothing.
  await bash.until((text) => text === '$ ')
  return { ...bash, list: () => readdir(cwd) }
}

test('bash completes in a terminal without bash-completion', { timeout: 60_000 }, async () => {
  const bash = await startBash()
  bash.type('jumun pro\t')
  await bash.until((text) => text.endsWith('$ jumun products '))
  bash.type('se\t')
  await bash.until((text) => text.endsWith('$ jumun products seed '))
  bash.type('--url http://127.0.0.1:3 --on-\t')
  await bash.until((text) => text.endsWith('--on-error '))
  bash.type('\t\t\t')
  await bash.until((text) => /skip +stop/.test(text))
})

test('bash completes file names without evaluating them', { timeout: 60_000 }, async () => {
  const files = ['$(touch owned).csv', 'my rows.csv', 'notes.txt', 'rows.jsonl']
  const bash = await startBash(...files)
  bash.type('jumun products seed --file \t\t')
  await bash.until((text) => text.includes('rows.jsonl'))
  const { lines } = await bash.screen()
  const offered = lines.slice(1, -1).flatMap((line) => line.trim().split(/ {2,}/))
  expect(offered.toSorted()).toEqual(['$(touch owned).csv', 'more/', 'my rows.csv', 'rows.jsonl'])
  bash.type('my\t')
  await bash.until((text) => text.endsWith(String.raw`--file my\ rows.csv `))
  bash.type('--file=ro\t')
  await bash.until((text) => text.endsWith('--file=rows.jsonl '))
  bash.type('$(touch owned) "$(touch owned)" --on\t')
  await bash.until((text) => text.endsWith('--on-error '))
  expect((await bash.list()).toSorted()).toEqual([...files, 'more'].toSorted())
})
