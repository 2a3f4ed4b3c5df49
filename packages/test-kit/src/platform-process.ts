import type { PlatformStorage } from '@jumun/mock-data-platform'
import type { CleanUp } from './clean-up.ts'
import { freePort } from './ports.ts'
import { programs, startProgram } from './program.ts'

const PAGE_LIMIT = 1_000

/** An order as the data platform lists it. */
export interface PlatformOrder {
  orderId: string
  version: number
  type: string
}

/** The mock data platform as a process of its own, whose data outlives it. */
export interface PlatformProcess {
  readonly url: string
  readonly port: number
  stats(): Promise<ReturnType<PlatformStorage['stats']>>
  /** Whether it has an event of this order. */
  has(orderId: string): Promise<boolean>
  /** Every order that it has, page by page. */
  orders(): AsyncGenerator<PlatformOrder[]>
  setFaults(faults: object): Promise<void>
  clearFaults(): Promise<void>
  kill(): Promise<void>
  /** Starts it again, at the same address and with the data that it had. */
  start(): Promise<void>
}

/** Starts the mock data platform. It ends with this process at the latest. */
export async function startPlatformProcess(options: {
  dataDir: string
  secret: string
  logFile?: string
  /** Options of Node.js itself. */
  nodeOptions?: string[]
  cleanUp?: CleanUp
}): Promise<PlatformProcess> {
  const { dataDir, secret, ...rest } = options
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = { DATA_DIR: dataDir, DATA_PLATFORM_SECRET: secret, MOCK_DATA_PLATFORM_PORT: String(port) }
  const run = () => startProgram(programs.platform, { env, ipc: true, detached: true, ...rest })
  let program = run()
  await program.message()
  const request = async <Body>(path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init)
    if (!response.ok) throw new Error(`The data platform answered ${response.status} to ${path}.`)
    return (await response.json()) as Body
  }
  return {
    url,
    port,
    stats: () => request('/v1/stats'),
    has: async (orderId) => (await fetch(`${url}/v1/orders/${orderId}`)).status === 200,
    async *orders() {
      let after: string | null = ''
      while (after !== null) {
        const page: { items: PlatformOrder[]; nextAfter: string | null } = await request(
          `/v1/orders?after=${after}&limit=${PAGE_LIMIT}`,
        )
        yield page.items
        after = page.nextAfter
      }
    },
    setFaults: (faults) => request('/faults', { method: 'PUT', body: JSON.stringify(faults) }),
    clearFaults: () => request('/faults', { method: 'DELETE' }),
    kill: async () => void (await program.kill()),
    async start() {
      program = run()
      await program.message()
    },
  }
}
