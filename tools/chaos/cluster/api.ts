import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@jumun/test-kit/ports'
import { type Program, type ProgramEnd, programs, startProgram } from '@jumun/test-kit/program'

const PRELOAD = join(import.meta.dirname, 'preload.ts')
const READY_TIMEOUT_MS = 60_000
const READY_REQUEST_TIMEOUT_MS = 3_000
const POLL_MS = 50

/** One of the API's processes. It ends with this process at the latest. */
export interface ApiProcess {
  name: string
  url: string
  /** Starts it, with additional environment variables. It is ready some time later. */
  start(env?: Record<string, string>): void
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<ProgramEnd>
  /** Sends a signal that it survives. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  running(): boolean
  /** Resolves when it is ready. Starts it again when it ends before that, as without a database. */
  ready(): Promise<void>
}

/**
 * Creates a process of the API, which is not started yet. It has the same address after each start.
 *
 * @param log the file to which its output is appended
 */
export async function apiProcessOf(options: {
  name: string
  env: Record<string, string>
  log: string
  nodeOptions: string[]
}): Promise<ApiProcess> {
  const { name, env, log, nodeOptions } = options
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let program: Program | undefined
  const running = () => program?.running ?? false
  const start = (more: Record<string, string> = {}) => {
    program = startProgram(programs.api, {
      env: { ...env, PORT: String(port), ...more },
      nodeOptions: ['--import', PRELOAD, ...nodeOptions],
      // Ctrl-C must reach this process only, which ends the others in its own order.
      detached: true,
      ipc: true,
      logFile: log,
    })
  }
  return {
    name,
    url,
    start,
    running,
    signal: (signal) => void program?.process.kill(signal),
    async end(signal) {
      if (!program) throw new Error(`API ${name} was never started.`)
      return program.kill(signal)
    },
    async ready() {
      for (const deadline = performance.now() + READY_TIMEOUT_MS; ; await sleep(POLL_MS)) {
        if (await isReady(url)) return
        if (!running()) start()
        if (performance.now() > deadline) throw new Error(`API ${name} did not become ready; see ${log}`)
      }
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(READY_REQUEST_TIMEOUT_MS) })).ok
  } catch {
    return false
  }
}
