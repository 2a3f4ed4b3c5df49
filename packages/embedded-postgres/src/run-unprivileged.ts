import { spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import type { DataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

const PROBE_TIMEOUT_MS = 10_000
const OUTPUT_LIMIT_CHARS = 16_384
const START_ATTEMPTS_MAX = 10

/** As whom the server's programs run: PostgreSQL refuses to run as root. */
export interface ServerAccount {
  /** What the server's files must belong to; undefined: whoever we are. */
  owner: { uid: number; gid: number } | undefined
  /** A program and its arguments that the server's program and its arguments follow. */
  prefix: string[]
}

/** How to run one program: its time limit in milliseconds, and a file that takes its output instead of the result. */
export interface RunOptions {
  account: ServerAccount
  command: string[]
  timeoutMs: number
  env?: Record<string, string>
  outputFd?: number
}

/**
 * Runs a program as the server's account, in a session of its own: a Ctrl-C in the terminal must not reach it.
 *
 * @returns its exit code (-1: killed, also for taking too long) and the beginning of its output
 * @throws EmbeddedPostgresError where it cannot be started
 */
export async function runUnprivileged(options: RunOptions): Promise<{ code: number; output: string }> {
  for (let attempt = 1; ; attempt++) {
    const { code, signal, output } = await runOnce(options)
    // A Ctrl-C can hit it only before it has that session, and so before the program itself has begun.
    if (signal !== 'SIGINT' || attempt === START_ATTEMPTS_MAX) return { code: code ?? -1, output: output.trim() }
  }
}

async function runOnce({ account, command, timeoutMs, env, outputFd }: RunOptions) {
  const [program = '', ...args] = [...account.prefix, ...command]
  const stream = outputFd ?? 'pipe'
  return new Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>((resolve, reject) => {
    const child = spawn(program, args, {
      ...(account.prefix.length === 0 && account.owner),
      env: { ...serverEnvironment(), ...env },
      // The account may not be allowed into our working directory.
      cwd: process.platform === 'win32' ? undefined : '/',
      detached: true,
      windowsHide: true,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', stream, stream],
    })
    let output = ''
    const collect = (chunk: Buffer) => {
      if (output.length < OUTPUT_LIMIT_CHARS) output += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('close', (code, signal) => resolve({ code, signal, output }))
    child.on('error', reject)
  }).catch((error) => {
    throw new EmbeddedPostgresError(`Cannot run ${program}: ${error.message}; set DATABASE_URL to use another server`)
  })
}

/** Our own environment may hold secrets and PG* variables that are not meant for this server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return process.env
  return { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/**
 * Finds out as whom to run the server. An ordinary user runs it as itself. Root runs it as the account that owns the
 * cluster already, or else as `nobody`, with as few capabilities as this account needs to reach the programs and the
 * data below directories that are closed to it: none, or to read and traverse anything, or to write anything.
 *
 * @throws EmbeddedPostgresError where root cannot become such an account, or where it cannot reach the files
 */
export async function findServerAccount(directory: DataDirectory, binaries: PostgresBinaries): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return { owner: undefined, prefix: [] }
  const owner = (await ownerOf(directory.cluster)) ?? (await accountNobody())
  const candidates = [[], becomeWith(owner, 'dac_read_search'), becomeWith(owner, 'dac_override')]
  const complaints: string[] = []
  for (const prefix of candidates) {
    const account = { owner, prefix }
    // --show reads all that initdb and the server read before they touch the cluster, and looks up the account's name.
    const script = 'cd "$1" && exec "$2" --show -D "$3"'
    const command = ['/bin/sh', '-c', script, 'sh', directory.root, binaries.initdb, directory.cluster]
    const probe = await runUnprivileged({ account, command, timeoutMs: PROBE_TIMEOUT_MS }).catch((error: Error) => ({
      code: -1,
      output: error.message,
    }))
    if (probe.code === 0) return account
    complaints.push(probe.output)
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the account with uid ${owner.uid} cannot be used here or cannot reach ${directory.root} or ` +
      `${binaries.initdb}: run as an ordinary user, or move them out of closed directories, or set DATABASE_URL`,
    complaints.join('\n'),
  )
}

async function ownerOf(path: string) {
  const found = await stat(path).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined
}

/** The unprivileged account that every Unix has; its numbers differ. */
async function accountNobody() {
  const account = { owner: undefined, prefix: [] }
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => {
      const { output } = await runUnprivileged({
        account,
        command: ['id', flag, 'nobody'],
        timeoutMs: PROBE_TIMEOUT_MS,
      })
      return Number.parseInt(output, 10)
    }),
  )
  if (!uid || !gid)
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and there is no account "nobody" to run it as: ' +
        'run as an ordinary user, or set DATABASE_URL',
    )
  return { uid, gid }
}

/**
 * Becomes an account but keeps one capability (capabilities(7)). `no_setuid_fixup` makes access(2) honour it too, which
 * PostgreSQL asks about its own programs.
 */
function becomeWith({ uid, gid }: { uid: number; gid: number }, capability: string): string[] {
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    `--inh-caps=+${capability}`,
    `--ambient-caps=+${capability}`,
    `--bounding-set=-all,+${capability}`,
    '--securebits=+no_setuid_fixup',
  ]
}
