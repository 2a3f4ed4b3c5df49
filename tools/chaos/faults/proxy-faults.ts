import type { ProxyMode } from '../proxy/messages.ts'
import { type Fault, type FaultContext, pause } from './fault.ts'

/** Faults of the connections to the database, and of the callers' and the readers' connections to the API. */
export const proxyFaults: Fault[] = [
  {
    name: 'commits-cut',
    parts: ['database-proxies'],
    async inject(context) {
      const before = context.cluster.proxies.commitsCut()
      await withDatabaseMode(context, { kind: 'cut-after-commit', share: 0.3 }, [2_000, 5_000])
      return `${context.cluster.proxies.commitsCut() - before} connections broke after COMMIT was sent`
    },
  },
  {
    name: 'database-slow',
    parts: ['database-proxies'],
    async inject(context) {
      const names = await withDatabaseMode(context, { kind: 'slow', ms: 100 }, [3_000, 7_000])
      return `${names}: 200 ms more for each round trip`
    },
  },
  {
    name: 'database-half-open',
    parts: ['database-proxies'],
    async inject(context) {
      const names = await withDatabaseMode(context, { kind: 'silent' }, [3_000, 12_000])
      return `${names}: bytes are dropped without an error`
    },
  },
  {
    name: 'database-unreachable',
    parts: ['database-proxies'],
    async inject(context) {
      const names = await withDatabaseMode(context, { kind: 'cut' }, [1_000, 5_000])
      return `${names}: connections are refused`
    },
  },
  {
    name: 'answers-lost',
    parts: ['clients'],
    async inject({ fixture: { traffic }, random }) {
      const before = traffic.lost
      traffic.lossProbability = 0.2
      await pause(random, 2_000, 5_000)
      traffic.lossProbability = 0
      return `${traffic.lost - before} answers never reached their callers`
    },
  },
  {
    name: 'readers-cut',
    parts: ['readers'],
    inject: (context) => breakReaders(context, 'cut'),
  },
  {
    name: 'readers-half-open',
    parts: ['readers'],
    inject: (context) => breakReaders(context, 'silent'),
  },
]

/** Breaks the connections between the readers of the feed and one API process. */
async function breakReaders({ cluster, random }: FaultContext, kind: 'cut' | 'silent'): Promise<string> {
  const api = random.pick(cluster.apis)
  await cluster.proxies.setMode(api.readersProxy, { kind })
  try {
    await pause(random, 0, 3_000)
  } finally {
    await cluster.proxies.setMode(api.readersProxy, { kind: 'open' })
  }
  return `readers of ${api.name}`
}

/** Sets the mode of the database connections of one process or, with probability 0.3, of both. Returns their names. */
async function withDatabaseMode(
  { cluster, random }: FaultContext,
  mode: ProxyMode,
  [minMs, maxMs]: [number, number],
): Promise<string> {
  const apis = random.chance(0.3) ? cluster.apis : [random.pick(cluster.apis)]
  const setAll = (next: ProxyMode) => Promise.all(apis.map((api) => cluster.proxies.setMode(api.databaseProxy, next)))
  await setAll(mode)
  try {
    await pause(random, minMs, maxMs)
  } finally {
    await setAll({ kind: 'open' })
  }
  return apis.map((api) => api.name).join(' and ')
}
