import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { type Program, programOf } from './program.ts'

const MAIN = join(import.meta.dirname, '../../../apps/api/src/main.ts')
const READY_TIMEOUT_MS = 60_000
const READY_REQUEST_TIMEOUT_MS = 3_000
const POLL_MS = 50

/** One of the API's processes. */
export interface ApiProcess {
  name: string
  url: string
  /** Starts it; it is ready some time later. */
  start: Program['start']
  end: Program['end']
  signal: Program['signal']
  running: Program['running']
  /** Resolves when it says that it is ready to serve. Where it ends before that, as without a database, it is started again. */
  ready(): Promise<void>
}

/** Describes a process of the API, at an address that it keeps through every start. */
export async function apiProcessOf(options: {
  name: string
  env: Record<string, string>
  log: string
}): Promise<ApiProcess> {
  const { name, env, log } = options
  const port = await freePort()
  const program = programOf({ file: MAIN, log, env: { ...env, PORT: String(port) } })
  const url = `http://127.0.0.1:${port}`
  return {
    name,
    url,
    start: program.start,
    end: program.end,
    signal: program.signal,
    running: program.running,
    async ready() {
      for (const deadline = performance.now() + READY_TIMEOUT_MS; ; await sleep(POLL_MS)) {
        if (await isReady(url)) return
        if (!program.running()) program.start()
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
