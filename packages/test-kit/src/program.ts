import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { CleanUp } from './clean-up.ts'

/** The programs of this workspace that tests of other packages run. */
export const programs = {
  api: fileURLToPath(new URL('main.ts', import.meta.resolve('@jumun/api'))),
  platform: fileURLToPath(new URL('main.ts', import.meta.resolve('@jumun/mock-data-platform'))),
  /** What `npm start` runs. */
  start: fileURLToPath(import.meta.resolve('@jumun/dev/start')),
}

const POLL_MS = 20
const MESSAGE_TIMEOUT_MS = 60_000

/** The directory of Node's compile cache, which halves the time that a program needs to start. */
export const NODE_COMPILE_CACHE = join(import.meta.dirname, '../node_modules/.cache/compiled')

/** How to run a program. */
export interface ProgramOptions {
  args?: string[]
  /** Its environment variables, beside `PATH` and the compile cache. Nothing else of this process' environment is passed. */
  env?: Record<string, string>
  /** Options of Node, before the file. */
  nodeOptions?: string[]
  /** A command that runs it, such as `setpriv --reuid=1 …`. */
  under?: string[]
  /** Gives it a process group of its own, which Ctrl-C in the terminal does not reach. */
  detached?: boolean
  /** Opens a channel for messages, which `message` reads. */
  ipc?: boolean
  /** Opens its standard input; it is empty otherwise. */
  stdin?: boolean
  /** Appends its output to this file instead of keeping it. */
  logFile?: string
  /** Kills it after the test. */
  cleanUp?: CleanUp
}

/** How a program ended. */
export interface ProgramEnd {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A program that runs in a process of its own. */
export interface Program {
  process: ChildProcess
  /** What it has written so far. */
  readonly stdout: string
  readonly stderr: string
  readonly running: boolean
  /** Resolves when stdout matches; rejects when the program ends before that. */
  waitFor(pattern: RegExp): Promise<void>
  /** Its first message; rejects when it ends before that, or after a minute. Needs `ipc`. */
  message<Message>(): Promise<Message>
  end: Promise<ProgramEnd>
  /** Sends a signal, by default SIGKILL, unless it has ended, and waits for the end. */
  kill(signal?: NodeJS.Signals): Promise<ProgramEnd>
}

/** Runs a TypeScript file. */
export function startProgram(file: string, options: ProgramOptions = {}): Program {
  const child = spawnProgram(file, options)
  const written = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text) => (written.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text) => (written.stderr += text))
  const end = once(child, 'close').then(([code, signal]): ProgramEnd => ({ code, signal }))
  const endedEarly = () => new Error(`${file} ended early.\n${written.stdout}\n${written.stderr}`)
  const firstMessage = new Promise<unknown>((resolve, reject) => {
    child.once('message', resolve)
    end.then(() => reject(endedEarly()), reject)
  })
  // Most programs end without a message.
  firstMessage.catch(() => {})
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (isRunning()) child.kill(signal)
    return end
  }
  options.cleanUp?.(async () => void (await kill()))
  return {
    process: child,
    end,
    kill,
    get stdout() {
      return written.stdout
    },
    get stderr() {
      return written.stderr
    },
    get running() {
      return isRunning()
    },
    async waitFor(pattern) {
      let ended = false
      end.finally(() => {
        ended = true
      })
      while (!pattern.test(written.stdout)) {
        if (ended) throw endedEarly()
        await sleep(POLL_MS)
      }
    },
    async message<Message>() {
      const timeout = sleep(MESSAGE_TIMEOUT_MS, undefined, { ref: false }).then(() => {
        throw new Error(`${file} sent no message within ${MESSAGE_TIMEOUT_MS} ms.`)
      })
      return (await Promise.race([firstMessage, timeout])) as Message
    },
  }
}

function spawnProgram(file: string, options: ProgramOptions): ChildProcess {
  const { args = [], env, nodeOptions = [], under = [], detached = false, ipc, stdin, logFile } = options
  const [command = process.execPath, ...rest] = [...under, process.execPath, ...nodeOptions, file, ...args]
  const output = logFile === undefined ? 'pipe' : openSync(logFile, 'a')
  const child = spawn(command, rest, {
    detached,
    stdio: [stdin ? 'pipe' : 'ignore', output, output, ...(ipc ? (['ipc'] as const) : [])],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE, ...env },
  })
  if (typeof output === 'number') closeSync(output)
  return child
}
