import type { WireMode } from '../proxy/messages.ts'
import { type Fault, pause, type Scene } from './fault.ts'

/** What happens at the data platform, and on the way to it. */
export const platformFaults: Fault[] = [
  misbehaving('platform-500', 'answers 500', () => ({ status: 500 })),
  misbehaving('platform-hangs', 'takes everything in and never answers', () => ({ hang: true })),
  misbehaving('platform-slow', 'takes long, beyond all patience or within', ({ random }) => ({
    latencyMs: random.int(1_000, 8_000),
  })),
  misbehaving('platform-answers-lost', 'stores, but every second answer is lost', () => ({ dropReplies: 0.5 })),
  misbehaving('platform-redirects', 'redirects to an address inside the house', ({ stage, random }) => ({
    status: random.pick([301, 302, 307, 308]),
    location: stage.canary.url,
  })),
  misbehaving('platform-rejects', 'rejects one event in twenty', () => ({ rejectRate: 0.05 })),
  {
    name: 'platform-killed',
    parts: ['platform'],
    async strike({ stage: { platform }, random }) {
      await platform.kill()
      await pause(random, 0, 5_000)
      await platform.start()
      return 'kill -9, and started'
    },
  },
  onPlatformWire('platform-unreachable', { kind: 'cut' }, 'connections are refused'),
  onPlatformWire('platform-half-open', { kind: 'silent' }, 'nothing arrives and nobody is told'),
]

function misbehaving(name: string, what: string, faults: (scene: Scene) => object): Fault {
  return {
    name,
    parts: ['platform'],
    async strike(scene) {
      const { platform } = scene.stage
      await platform.setFaults(faults(scene))
      try {
        await pause(scene.random, 2_000, 8_000)
      } finally {
        await platform.clearFaults()
      }
      return `the data platform ${what}`
    },
  }
}

function onPlatformWire(name: string, mode: WireMode, what: string): Fault {
  return {
    name,
    parts: ['platform'],
    async strike({ stage: { apis, wires }, random }) {
      const all = (next: WireMode) => Promise.all(apis.map((api) => wires.setMode(api.platformWire, next)))
      await all(mode)
      try {
        await pause(random, 2_000, 8_000)
      } finally {
        await all({ kind: 'open' })
      }
      return what
    },
  }
}
