import type { Api, Stage } from '../cluster/cluster.ts'
import { type Fault, pause, type Scene } from './fault.ts'

const DAY_MS = 86_400_000
const HELD_TIMEOUT_MS = 5_000

/** An API that ends by SIGTERM finishes its calls; its slowest callers are cut after 5 seconds. */
const STOP_MAX_MS = 20_000

/** What happens to the processes of the API, each of which is a relay of events too. */
export const apiFaults: Fault[] = [
  {
    name: 'api-killed',
    parts: ['apis'],
    async strike({ stage, random }) {
      const api = random.pick(stage.apis)
      await api.end('SIGKILL')
      await pause(random, 0, 2_000)
      await comeBack(api)
      return `${api.name}, kill -9 in mid-order`
    },
  },
  {
    name: 'both-apis-killed',
    parts: ['apis'],
    async strike({ stage, random }) {
      await Promise.all(stage.apis.map((api) => api.end('SIGKILL')))
      await pause(random, 0, 1_000)
      await Promise.all(stage.apis.map(comeBack))
      return 'kill -9 of A and B; both migrate at once as they start'
    },
  },
  {
    name: 'api-stopped',
    parts: ['apis'],
    async strike({ stage, random }) {
      const api = random.pick(stage.apis)
      const ms = await stopOrderly(api)
      await pause(random, 0, 1_000)
      await comeBack(api)
      return `${api.name}, SIGTERM under load, ended after ${ms} ms`
    },
  },
  {
    name: 'api-frozen',
    parts: ['apis'],
    async strike({ stage, random }) {
      const api = random.pick(stage.apis)
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
    strike: (scene) => killRelay(scene, 'hold-request'),
  },
  {
    name: 'relay-killed-after-answer',
    parts: ['apis', 'platform'],
    strike: (scene) => killRelay(scene, 'hold-answer'),
  },
  {
    name: 'clock-off',
    parts: ['apis'],
    async strike({ stage, random }) {
      const api = random.pick(stage.apis)
      const shiftMs = random.pick([-DAY_MS, DAY_MS])
      await stopOrderly(api)
      api.start({ CHAOS_CLOCK_SHIFT_MS: String(shiftMs) })
      await api.ready()
      await pause(random, 3_000, 8_000)
      await stopOrderly(api)
      await comeBack(api)
      return `${api.name}, a day ${shiftMs > 0 ? 'ahead' : 'behind'}`
    },
  },
]

async function comeBack(api: Api): Promise<void> {
  api.start()
  await api.ready()
}

async function stopOrderly(api: Api): Promise<number> {
  const started = performance.now()
  const { code, signal } = await api.end('SIGTERM')
  const ms = Math.round(performance.now() - started)
  if (code !== 0) throw new Error(`API ${api.name} ended with ${signal ?? `code ${code}`} after SIGTERM.`)
  if (ms > STOP_MAX_MS) throw new Error(`API ${api.name} took ${ms} ms to end after SIGTERM.`)
  return ms
}

async function killRelay({ stage, random }: Scene, mode: 'hold-request' | 'hold-answer'): Promise<string> {
  const api = random.pick(stage.apis)
  const held = await killWhileHeld(stage, api, mode)
  await pause(random, 0, 2_000)
  await comeBack(api)
  const where = mode === 'hold-request' ? 'its request had not reached the platform' : 'the platform had answered'
  return `${api.name}, ${held ? where : 'though it had nothing to deliver'}`
}

async function killWhileHeld({ wires }: Stage, api: Api, mode: 'hold-request' | 'hold-answer'): Promise<boolean> {
  const holding = wires.held(api.platformWire, HELD_TIMEOUT_MS)
  await wires.setMode(api.platformWire, { kind: mode })
  try {
    const held = await holding
    await api.end('SIGKILL')
    return held
  } finally {
    await wires.setMode(api.platformWire, { kind: 'open' })
  }
}
