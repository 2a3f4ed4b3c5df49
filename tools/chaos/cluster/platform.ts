import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { programOf } from './program.ts'

const MAIN = join(import.meta.dirname, '../../../packages/mock-data-platform/src/main.ts')
const START_TIMEOUT_MS = 20_000
const POLL_MS = 50
const PAGE_LIMIT = 1_000

/** An order as the data platform lists it. */
interface PlatformOrder {
  orderId: string
  version: number
  type: string
}

/** The mock data platform as a process of its own. */
export interface Platform {
  port: number
  setFaults(faults: object): Promise<void>
  clearFaults(): Promise<void>
  kill(): Promise<void>
  /** Starts it with the data that it had. */
  start(): Promise<void>
  stats(): Promise<{ orders: number; events: number; duplicates: number; rejected: number; badSignatures: number }>
  /** Every order that it has, page by page. */
  orders(): AsyncGenerator<PlatformOrder[]>
}

/** Starts the data platform with its data in a directory. */
export async function startPlatform(options: { dataDir: string; secret: string; log: string }): Promise<Platform> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATA_DIR: options.dataDir,
    DATA_PLATFORM_SECRET: options.secret,
    MOCK_DATA_PLATFORM_PORT: String(port),
  }
  const program = programOf({ file: MAIN, env, log: options.log })
  const ask = async <Answer>(path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init)
    if (!response.ok) throw new Error(`The data platform answered ${response.status} to ${path}.`)
    return (await response.json()) as Answer
  }
  const start = async () => {
    program.start()
    for (const deadline = performance.now() + START_TIMEOUT_MS; ; await sleep(POLL_MS)) {
      const up = await ask('/v1/stats').then(
        () => true,
        () => false,
      )
      if (up) return
      if (performance.now() > deadline || !program.running()) throw new Error('The data platform did not start.')
    }
  }
  await start()
  return {
    port,
    start,
    setFaults: (faults) => ask('/faults', { method: 'PUT', body: JSON.stringify(faults) }),
    clearFaults: () => ask('/faults', { method: 'DELETE' }),
    kill: async () => void (await program.end('SIGKILL')),
    stats: () => ask('/v1/stats'),
    async *orders() {
      let after: string | null = ''
      while (after !== null) {
        const page: { items: PlatformOrder[]; nextAfter: string | null } = await ask(
          `/v1/orders?after=${after}&limit=${PAGE_LIMIT}`,
        )
        yield page.items
        after = page.nextAfter
      }
    },
  }
}
