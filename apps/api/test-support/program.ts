import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/** How to run a program. */
export interface ProgramOptions {
  /** Settings; of the environment of the tests only `PATH` is passed on. */
  env: Record<string, string>
  /** Another program that runs it, such as `setpriv --reuid=1 …`. */
  under?: string[]
}

/** A program of ours that runs as a process, in a process group of its own. */
export interface Program {
  process: ChildProcess
  /** What it wrote so far. */
  readonly stdout: string
  readonly stderr: string
  /** Resolves when this much was written to stdout; rejects when the program ends without. */
  waitFor(pattern: RegExp): Promise<void>
  /** Resolves to how it ended. */
  end: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

const POLL_MS = 20

/** Programs that were compiled before start in half of the time. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/compiled')

/** Runs a TypeScript file. What is left of it is killed after the test. */
export function runProgram(file: string, { env, under = [] }: ProgramOptions): Program {
  const [command = process.execPath, ...args] = [...under, process.execPath, file]
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE, ...env },
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (written.stderr += text))
  let ended = false
  const end = once(child, 'close').then(([code, signal]) => {
    ended = true
    return { code, signal }
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await end
  })
  return {
    process: child,
    end,
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    async waitFor(pattern) {
      while (!pattern.test(written.stdout)) {
        if (ended) throw new Error(`It ended: ${written.stdout}\n${written.stderr}`)
        await sleep(POLL_MS)
      }
    },
  }
}
