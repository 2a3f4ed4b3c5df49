import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'

/** A program of the operating system that runs in the background. */
export interface Daemon {
  readonly name: string
  readonly running: boolean
  readonly pid: number
  start(): void
  /** Sends a signal to it and, with `group`, to what it has started. Resolves when it has ended; at once for signals that it survives. */
  signal(signal: NodeJS.Signals, options?: { group?: boolean }): Promise<void>
}

interface DaemonOptions {
  name: string
  command: string
  args: string[]
  env?: Record<string, string>
  logFile: string
  /** Runs as this account. */
  account?: { uid: number; gid: number }
}

const SURVIVED: NodeJS.Signals[] = ['SIGSTOP', 'SIGCONT', 'SIGUSR2', 'SIGHUP']

/** Describes a daemon; `start` starts it. It is the leader of a process group of its own, and is killed when this process is gone. */
export function daemon({ name, command, args, env, logFile, account }: DaemonOptions): Daemon {
  let child: ReturnType<typeof spawn> | undefined
  let ended: Promise<unknown> = Promise.resolve()
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    name,
    get running() {
      return running()
    },
    get pid() {
      return child?.pid ?? 0
    },
    start() {
      const log = openSync(logFile, 'a')
      const ids = account ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : []
      child = spawn('setpriv', [...ids, '--pdeathsig', 'KILL', '--', command, ...args], {
        env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env },
        stdio: ['ignore', log, log],
        detached: true,
      })
      closeSync(log)
      const started = child
      ended = new Promise((resolve) => started.once('exit', resolve).once('error', resolve))
    },
    async signal(signal, { group = false } = {}) {
      if (!child?.pid) return
      try {
        process.kill(group ? -child.pid : child.pid, signal)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
      if (!SURVIVED.includes(signal)) await ended
    },
  }
}

/** Runs a command to its end. Throws with its output unless it succeeds. */
export async function run(
  command: string,
  args: string[],
  options: { account?: { uid: number; gid: number } | undefined; env?: Record<string, string>; input?: string } = {},
): Promise<string> {
  const { account, env, input = '' } = options
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8', ...env },
    stdio: 'pipe',
    ...account,
  })
  child.stdin.on('error', () => {}).end(input)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${output}`)
  return output
}
