import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from './checker/audit.ts'
import { type FailedChecks, runChecks } from './checker/checker.ts'
import { replayCalls, resolveUnknownCalls } from './checker/replay-calls.ts'
import { type Cluster, startCluster } from './cluster/cluster.ts'
import { type Injection, injectFaults } from './faults/inject-faults.ts'
import { measureDelivery } from './faults/recovery.ts'
import { type Readers, startReaders } from './readers/start-readers.ts'
import { createFixture, type Fixture } from './workload/fixture.ts'
import { type History, openHistory } from './workload/history.ts'
import { startWorkload } from './workload/workload.ts'

const WARM_UP_MS = 2_000
/** No fault begins this close to the end, so that recovery fits in the run. */
const LAST_FAULT_MS = 15_000
const REPLAY_MS_PER_MINUTE = 3_000

/** What to run. */
export interface SeedOptions {
  seed: number
  minutes: number
  callers: number
  /** Names of the faults to inject. Empty means all of them. */
  only: string[]
  /** Writes a line of progress. */
  log: (line: string) => void
}

/** The figures of a run. */
export interface SeedResult {
  seed: number
  minutes: number
  /** Empty if every check passed. */
  broken: FailedChecks
  ordersAcknowledged: number
  callsAcknowledged: number
  callsRefused: number
  /** Calls whose outcome was unknown after all retries and was resolved after the load. */
  callsSettledLater: number
  retries: number
  answersLost: number
  /** Acknowledged calls that were repeated after the load. */
  keysReplayed: number
  /** Audits that were answered, during and after the load. */
  audits: number
  /** Changes that the readers of the feed got in all, and how often they were connected again. */
  changesRead: number
  readersReconnected: number
  faults: Record<string, number>
  longestRecovery: { ordersMs: number; deliveryMs: number; deliveryAfter: string }
  slowestAnswerMs: number
  seconds: number
  /** The data and logs of a run that broke something. */
  directory?: string
}

interface Run extends SeedOptions {
  cluster: Cluster
  fixture: Fixture
  history: History
  readers: Readers
}

/** Runs the shop under load and faults for some minutes, lets it recover, and checks everything. */
export async function runSeed(options: SeedOptions): Promise<SeedResult> {
  const { seed, callers } = options
  const started = performance.now()
  const log = (line: string) =>
    options.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`)
  const cluster = await startCluster(seed)
  let keep = true
  let readers: Readers | undefined
  try {
    const history = openHistory(cluster.directory)
    readers = await startReaders(cluster, history, seed)
    const fixture = await createFixture(cluster, history, seed)
    const run: Run = { ...options, cluster, fixture, history, readers, log }
    log(`${callers} callers, two API processes, data and logs in ${cluster.directory}`)
    const { injections, failure } = await runLoad(run)
    const { recovery, counts } = await finish(run)
    log(`load ended and events delivered; ${history.orders} orders to check`)
    const broken = await runChecks(cluster, history, [...injections, recovery])
    if (failure) broken['faults: everything was repaired'] = { count: 1, examples: [failure] }
    keep = Object.keys(broken).length > 0
    return {
      ...summarise(run, injections),
      ...counts,
      broken,
      seconds: Math.round((performance.now() - started) / 1_000),
      ...(keep ? { directory: cluster.directory } : {}),
    }
  } finally {
    await readers?.stop()
    await cluster.close({ keep })
  }
}

async function runLoad(run: Run): Promise<{ injections: Injection[]; failure: string | undefined }> {
  const endMs = performance.now() + run.minutes * 60_000
  const workload = startWorkload(run)
  try {
    await sleep(WARM_UP_MS)
    const injections: Injection[] = []
    const failure = await injectFaults({ ...run, untilMs: endMs - LAST_FAULT_MS, injections }).then(
      () => undefined,
      (error) => String(error),
    )
    if (failure) run.log(`BROKEN: ${failure}`)
    await sleep(failure ? 0 : Math.max(0, endMs - performance.now()))
    return { injections, failure }
  } finally {
    await workload.stop()
  }
}

/** Resolves unknown calls, waits for the delivery of all events, replays calls, audits, waits for the readers, and stops the API. */
async function finish({ cluster, fixture, history, readers, seed, minutes }: Run) {
  const callsSettledLater = await resolveUnknownCalls(fixture, history)
  const recovery = { names: ['the end'], ordersMs: 0, deliveryMs: await measureDelivery(cluster) }
  const keysReplayed = await replayCalls(fixture, history, { seed, timeoutMs: minutes * REPLAY_MS_PER_MINUTE })
  await audit(fixture, history)
  await readers.finish(fixture)
  await Promise.all(cluster.apis.map((api) => api.end('SIGTERM')))
  return { recovery, counts: { callsSettledLater, keysReplayed } }
}

function summarise({ seed, minutes, history, fixture, readers }: Run, injections: Injection[]) {
  const faults: Record<string, number> = {}
  for (const name of injections.flatMap(({ names }) => names)) faults[name] = (faults[name] ?? 0) + 1
  const longest = injections.toSorted((a, b) => b.deliveryMs - a.deliveryMs)[0]
  return {
    seed,
    minutes,
    ordersAcknowledged: history.orders,
    callsAcknowledged: history.acknowledged,
    callsRefused: history.refused,
    retries: fixture.traffic.retries,
    answersLost: fixture.traffic.lost,
    audits: fixture.traffic.audits,
    changesRead: readers.changes(),
    readersReconnected: readers.reconnects(),
    faults,
    longestRecovery: {
      ordersMs: Math.max(0, ...injections.map(({ ordersMs }) => ordersMs)),
      deliveryMs: longest?.deliveryMs ?? 0,
      deliveryAfter: longest?.names.join(' and ') ?? '',
    },
    slowestAnswerMs: Math.round(fixture.traffic.slowestMs),
  }
}
