import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import type { DataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

const PROBE_TIMEOUT_MS = 10_000
const OUTPUT_LIMIT_CHARS = 16_384
const START_ATTEMPTS_MAX = 10
const PG_CTL_LIMIT_SECONDS = 60

/** The account under which the server's programs run: PostgreSQL refuses to run as root. */
export interface ServerAccount {
  /** The owner of the server's files; undefined: the current user. */
  owner: { uid: number; gid: number } | undefined
  /** A command that is put before the server's program. */
  prefix: string[]
}

/** The user of this process. */
export const CURRENT_ACCOUNT: ServerAccount = { owner: undefined, prefix: [] }

/** A cluster, with the programs and the account that serve it. */
export interface Server {
  directory: DataDirectory
  binaries: PostgresBinaries
  account: ServerAccount
}

/** How to run one program. With `outputFd`, its output goes to that file instead of the result. */
interface RunOptions {
  account: ServerAccount
  command: string[]
  timeoutMs: number
  env?: Record<string, string>
  outputFd?: number | undefined
}

/**
 * Runs a program as the server's account, in its own session, so that Ctrl-C in the terminal does not reach it.
 *
 * @returns its exit code (-1: killed by a signal or the time limit) and the beginning of its output
 * @throws EmbeddedPostgresError when it cannot be started
 */
export async function runUnprivileged({ account, command, timeoutMs, env, outputFd }: RunOptions) {
  const [program = '', ...args] = [...account.prefix, ...command]
  const stream = outputFd ?? 'pipe'
  for (let attempt = 1; ; attempt++) {
    let output = ''
    const collect = (chunk: Buffer) => {
      if (output.length < OUTPUT_LIMIT_CHARS) output += chunk.toString()
    }
    try {
      const child = spawn(program, args, {
        ...(account.prefix.length === 0 && account.owner),
        env: { ...serverEnvironment(), ...env },
        // The account may not have access to our working directory.
        cwd: process.platform === 'win32' ? undefined : '/',
        detached: true,
        windowsHide: true,
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        stdio: ['ignore', stream, stream],
      })
      child.stdout?.on('data', collect)
      child.stderr?.on('data', collect)
      const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
      // Ctrl-C can end it only before it has its own session, when the program has not started yet.
      if (signal !== 'SIGINT' || attempt === START_ATTEMPTS_MAX) return { code: code ?? -1, output: output.trim() }
    } catch (error) {
      throw new EmbeddedPostgresError(
        `Cannot run ${program}: ${messageOf(error)}; set DATABASE_URL to use another server`,
      )
    }
  }
}

/** Runs pg_ctl, which waits up to 60 s until the server has started or stopped. */
export async function runPgCtl({ directory, binaries, account }: Server, args: string[], outputFd?: number) {
  return runUnprivileged({
    account,
    command: [binaries.pg_ctl, ...args, '--silent', '--wait', '-t', String(PG_CTL_LIMIT_SECONDS)],
    // As an argument, the path would reach a shell unescaped.
    env: { PGDATA: directory.cluster },
    timeoutMs: (PG_CTL_LIMIT_SECONDS + 10) * 1000,
    outputFd,
  })
}

/** Does not pass on our environment, which may hold secrets and PG* variables for another server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  if (process.platform === 'win32') return process.env
  return { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}

/**
 * Chooses the account for the server. An ordinary user runs it as itself. Root runs it as the owner of the existing cluster,
 * or else as `nobody`, with the fewest capabilities with which that account can reach the programs and the data: none, or
 * reading and traversing every directory, or writing everywhere.
 *
 * @throws EmbeddedPostgresError when root cannot switch to such an account, or when that account cannot reach the files
 */
export async function findServerAccount(directory: DataDirectory, binaries: PostgresBinaries): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return CURRENT_ACCOUNT
  const owner = (await ownerOf(directory.cluster)) ?? (await accountNobody())
  const candidates = [[], setprivPrefix(owner, 'dac_read_search'), setprivPrefix(owner, 'dac_override')]
  const failures: string[] = []
  for (const prefix of candidates) {
    const account = { owner, prefix }
    // --show reads the same files as initdb and the server without changing the cluster, and looks up the account's name.
    const script = 'cd "$1" && exec "$2" --show -D "$3"'
    const command = ['/bin/sh', '-c', script, 'sh', directory.root, binaries.initdb, directory.cluster]
    const probe = await runUnprivileged({ account, command, timeoutMs: PROBE_TIMEOUT_MS }).catch((error: Error) => ({
      code: -1,
      output: error.message,
    }))
    if (probe.code === 0) return account
    failures.push(probe.output)
  }
  throw new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and the account with uid ${owner.uid} cannot be used here or cannot reach ${directory.root} or ` +
      `${binaries.initdb}: run as an ordinary user, or move them out of closed directories, or set DATABASE_URL`,
    failures.join('\n'),
  )
}

async function ownerOf(path: string) {
  const found = await stat(path).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined
}

/** The unprivileged account of every Unix, whose ids differ. */
async function accountNobody() {
  const command = ['id', 'nobody']
  const { output } = await runUnprivileged({ account: CURRENT_ACCOUNT, command, timeoutMs: PROBE_TIMEOUT_MS })
  const [, uid, gid] = output.match(/^uid=(\d+).*? gid=(\d+)/)?.map(Number) ?? []
  if (!uid || !gid)
    throw new EmbeddedPostgresError(
      'PostgreSQL does not run as root, and there is no account "nobody" to run it as: ' +
        'run as an ordinary user, or set DATABASE_URL',
    )
  return { uid, gid }
}

/**
 * The setpriv command that switches to an account and keeps one capability (capabilities(7)). `no_setuid_fixup` keeps it
 * effective for access(2), with which PostgreSQL checks its own programs.
 */
function setprivPrefix({ uid, gid }: { uid: number; gid: number }, capability: string): string[] {
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
