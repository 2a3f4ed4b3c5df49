import type { ProxyMode } from '../proxy/messages.ts'
import { type Fault, type FaultContext, pause } from './fault.ts'

/** Faults of the data platform and of the connections to it. */
export const platformFaults: Fault[] = [
  misbehaving('platform-500', 'answers 500', () => ({ status: 500 })),
  misbehaving('platform-hangs', 'reads requests and never answers', () => ({ hang: true })),
  misbehaving('platform-slow', 'answers slowly, within or beyond the timeout of the relay', ({ random }) => ({
    latencyMs: random.int(1_000, 8_000),
  })),
  misbehaving('platform-answers-lost', 'stores events, but drops every second answer', () => ({ dropReplies: 0.5 })),
  misbehaving('platform-redirects', 'redirects to an internal address', ({ cluster, random }) => ({
    status: random.pick([301, 302, 307, 308]),
    location: cluster.canary.url,
  })),
  misbehaving('platform-rejects', 'rejects one event in twenty', () => ({ rejectRate: 0.05 })),
  {
    name: 'platform-killed',
    parts: ['platform'],
    async inject({ cluster: { platform }, random }) {
      await platform.kill()
      await pause(random, 0, 5_000)
      await platform.start()
      return 'kill -9, then started'
    },
  },
  withProxyMode('platform-unreachable', { kind: 'cut' }, 'connections are refused'),
  withProxyMode('platform-half-open', { kind: 'silent' }, 'bytes are dropped without an error'),
]

function misbehaving(name: string, description: string, settings: (context: FaultContext) => object): Fault {
  return {
    name,
    parts: ['platform'],
    async inject(context) {
      const { platform } = context.cluster
      await platform.setFaults(settings(context))
      try {
        await pause(context.random, 2_000, 8_000)
      } finally {
        await platform.clearFaults()
      }
      return `the data platform ${description}`
    },
  }
}

function withProxyMode(name: string, mode: ProxyMode, description: string): Fault {
  return {
    name,
    parts: ['platform'],
    async inject({ cluster: { apis, proxies }, random }) {
      const setAll = (next: ProxyMode) => Promise.all(apis.map((api) => proxies.setMode(api.platformProxy, next)))
      await setAll(mode)
      try {
        await pause(random, 2_000, 8_000)
      } finally {
        await setAll({ kind: 'open' })
      }
      return description
    },
  }
}
