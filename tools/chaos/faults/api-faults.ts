import type { Api } from '../cluster/cluster.ts'
import { type Fault, type FaultContext, pause } from './fault.ts'

const DAY_MS = 86_400_000
const HOLD_TIMEOUT_MS = 5_000

/** After SIGTERM the API finishes its calls and closes slow connections after 5 seconds. */
const STOP_MAX_MS = 20_000

/** Faults of the API processes. Each of them is also a relay of events. */
export const apiFaults: Fault[] = [
  {
    name: 'api-killed',
    parts: ['apis'],
    async inject({ cluster, random }) {
      const api = random.pick(cluster.apis)
      await api.end('SIGKILL')
      await pause(random, 0, 2_000)
      await restart(api)
      return `${api.name}, kill -9 during orders`
    },
  },
  {
    name: 'both-apis-killed',
    parts: ['apis'],
    async inject({ cluster, random }) {
      await Promise.all(cluster.apis.map((api) => api.end('SIGKILL')))
      await pause(random, 0, 1_000)
      await Promise.all(cluster.apis.map(restart))
      return 'kill -9 of A and B; both migrate at once when they start'
    },
  },
  {
    name: 'api-stopped',
    parts: ['apis'],
    async inject({ cluster, random }) {
      const api = random.pick(cluster.apis)
      const ms = await stop(api)
      await pause(random, 0, 1_000)
      await restart(api)
      return `${api.name}, SIGTERM under load, ended after ${ms} ms`
    },
  },
  {
    name: 'api-frozen',
    parts: ['apis'],
    async inject({ cluster, random }) {
      const api = random.pick(cluster.apis)
      api.signal('SIGSTOP')
      try {
        await pause(random, 2_000, 13_000)
      } finally {
        api.signal('SIGCONT')
      }
      await api.ready()
      return `${api.name}, SIGSTOP and later SIGCONT`
    },
  },
  {
    name: 'relay-killed-before-answer',
    parts: ['apis', 'platform'],
    inject: (context) => killRelay(context, 'hold-request'),
  },
  {
    name: 'relay-killed-after-answer',
    parts: ['apis', 'platform'],
    inject: (context) => killRelay(context, 'hold-reply'),
  },
  {
    name: 'clock-off',
    parts: ['apis'],
    async inject({ cluster, random }) {
      const api = random.pick(cluster.apis)
      const shiftMs = random.pick([-DAY_MS, DAY_MS])
      await stop(api)
      api.start({ CHAOS_CLOCK_SHIFT_MS: String(shiftMs) })
      await api.ready()
      await pause(random, 3_000, 8_000)
      await stop(api)
      await restart(api)
      return `${api.name}, a day ${shiftMs > 0 ? 'ahead' : 'behind'}`
    },
  },
]

async function restart(api: Api): Promise<void> {
  api.start()
  await api.ready()
}

/** Returns how many milliseconds the process took to end after SIGTERM. */
async function stop(api: Api): Promise<number> {
  const started = performance.now()
  const { code, signal } = await api.end('SIGTERM')
  const ms = Math.round(performance.now() - started)
  if (code !== 0) throw new Error(`API ${api.name} ended with ${signal ?? `code ${code}`} after SIGTERM.`)
  if (ms > STOP_MAX_MS) throw new Error(`API ${api.name} took ${ms} ms to end after SIGTERM.`)
  return ms
}

async function killRelay(context: FaultContext, mode: 'hold-request' | 'hold-reply'): Promise<string> {
  const { cluster, random } = context
  const api = random.pick(cluster.apis)
  const holding = cluster.proxies.held(api.platformProxy, HOLD_TIMEOUT_MS)
  await cluster.proxies.setMode(api.platformProxy, { kind: mode })
  let held: boolean
  try {
    held = await holding
    await api.end('SIGKILL')
  } finally {
    await cluster.proxies.setMode(api.platformProxy, { kind: 'open' })
  }
  await pause(random, 0, 2_000)
  await restart(api)
  const moment = mode === 'hold-request' ? 'before its request reached the platform' : 'after the platform had answered'
  return `${api.name}, kill -9 ${held ? moment : 'while it had nothing to deliver'}`
}
