import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'

const PRELOAD = join(import.meta.dirname, 'preload.ts')

/** A program of ours that is started, killed and started again. */
export interface Program {
  /** Starts it, in addition to the settings that it always has with these. */
  start(env?: Record<string, string>): void
  /** Sends it a signal and waits until it is gone. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Sends it a signal that it survives. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Whether it runs. */
  running(): boolean
}

/**
 * Describes a program; it ends with this process at the latest.
 *
 * @param log the file that its output is added to
 */
export function programOf(options: { file: string; env: Record<string, string>; log: string }): Program {
  const { file, log } = options
  let child: ChildProcess | undefined
  let ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }> | undefined
  const running = () => child !== undefined && child.exitCode === null && child.signalCode === null
  return {
    running,
    signal: (signal) => void child?.kill(signal),
    start(env = {}) {
      const output = openSync(log, 'a')
      child = spawn(process.execPath, ['--import', PRELOAD, file], {
        // A Ctrl-C is for this process, which ends the others in its own order.
        detached: true,
        stdio: ['ignore', output, output, 'ipc'],
        env: { PATH: process.env['PATH'], ...options.env, ...env },
      })
      ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
    },
    async end(signal) {
      if (!child || !ended) throw new Error(`${file} was never started.`)
      if (running()) child.kill(signal)
      return ended
    },
  }
}
