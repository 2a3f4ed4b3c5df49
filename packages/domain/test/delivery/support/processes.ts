import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PlatformStorage } from '@jumun/mock-data-platform'
import { SECRET } from './data-platform.ts'
import type { CleanUp } from './own-outbox.ts'

const RELAY = fileURLToPath(new URL('relay-process.ts', import.meta.url))
const PLATFORM = fileURLToPath(new URL('main.ts', import.meta.resolve('@jumun/mock-data-platform')))

type Stats = ReturnType<PlatformStorage['stats']>

/** The mock data platform as a process of its own, whose data outlives it. */
export interface PlatformProcess {
  readonly url: string
  stats(): Promise<Stats>
  /** Whether it has an event of this order. */
  has(orderId: string): Promise<boolean>
  setFaults(faults: object): Promise<void>
  kill(): Promise<void>
  /** Starts it again, at the same address and with the data that it had. */
  restart(): Promise<void>
}

/** Starts a process that is killed after the test at the latest. */
async function start(cleanUp: CleanUp, program: string, args: string[], env: Record<string, string> = {}) {
  const child = fork(program, args, { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  cleanUp(() => void child.kill('SIGKILL'))
  const [message] = await once(child, 'message')
  return { child, message }
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

export async function startPlatformProcess(cleanUp: CleanUp): Promise<PlatformProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'jumun-platform-'))
  cleanUp(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }))
  const env = { DATA_DIR: directory, DATA_PLATFORM_SECRET: SECRET }
  let running = await start(cleanUp, PLATFORM, [], { ...env, MOCK_DATA_PLATFORM_PORT: '0' })
  const { url } = running.message as { url: string }
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init)
    return { status: response.status, body: await response.json() }
  }
  return {
    url,
    stats: async () => (await ask('/v1/stats')).body as Stats,
    has: async (orderId) => (await ask(`/v1/orders/${orderId}`)).status === 200,
    setFaults: async (faults) => void (await ask('/faults', { method: 'PUT', body: JSON.stringify(faults) })),
    kill: () => kill(running.child),
    restart: async () => {
      running = await start(cleanUp, PLATFORM, [], { ...env, MOCK_DATA_PLATFORM_PORT: new URL(url).port })
    },
  }
}

/** A process that relays the events of a database. */
export interface RelayProcess {
  kill(): Promise<void>
  /** Stops it as a debugger does, or lets it go on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
}

export async function startRelayProcess(
  cleanUp: CleanUp,
  { databaseUrl, platformUrl }: { databaseUrl: string; platformUrl: string },
): Promise<RelayProcess> {
  const { child } = await start(cleanUp, RELAY, [databaseUrl, platformUrl, SECRET])
  return { kill: () => kill(child), signal: (signal) => void child.kill(signal) }
}
