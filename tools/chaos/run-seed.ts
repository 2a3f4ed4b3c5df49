import { setTimeout as sleep } from 'node:timers/promises'
import { askAgain, settleOpenCalls } from './checker/ask-again.ts'
import { audit } from './checker/audit.ts'
import { type Broken, verify } from './checker/checker.ts'
import { type Stage, setStage } from './cluster/cluster.ts'
import { directFaults, type Struck } from './faults/direct-faults.ts'
import { measureDelivery } from './faults/recovery.ts'
import { type Market, openMarket } from './workload/fixture.ts'
import { type Journal, openJournal } from './workload/history.ts'
import { startLoad } from './workload/workload.ts'

/** Before the end there is time for the last fault to be over. */
const LAST_FAULT_MS = 15_000
const WARM_UP_MS = 2_000
const ASK_AGAIN_MS_A_MINUTE = 3_000

export interface SeedOptions {
  seed: number
  minutes: number
  callers: number
  /** The faults that may strike; none named: all. */
  only: string[]
  /** Is told what happens, in one line each. */
  say: (line: string) => void
}

/** What a run came to. */
export interface SeedResult {
  seed: number
  minutes: number
  /** Empty when every promise was kept. */
  broken: Broken
  ordersAcknowledged: number
  callsAcknowledged: number
  callsRefused: number
  /** Calls that had no answer after all retries, and were settled in the end. */
  callsSettledLater: number
  retries: number
  answersLost: number
  keysAskedAgain: number
  /** Audits that were answered, while the shop was open and in the end. */
  audits: number
  faults: Record<string, number>
  longestRecovery: { ordersMs: number; deliveryMs: number; deliveryAfter: string }
  slowestAnswerMs: number
  seconds: number
  /** Where everything was kept to be looked at, if something was broken. */
  directory?: string
}

/** Runs the shop under load and faults for some minutes, lets it recover, and checks every promise. */
export async function runSeed({ seed, minutes, callers, only, say }: SeedOptions): Promise<SeedResult> {
  const started = performance.now()
  const tell = (line: string) => say(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`)
  const stage = await setStage(seed)
  let keep = true
  try {
    const journal = openJournal(stage.directory)
    const market = await openMarket(stage, journal, seed)
    tell(`${callers} shoppers, two processes of the API, all in ${stage.directory}`)
    const { struck, failure } = await runLoad({ stage, market, journal, seed, minutes, callers, only, say: tell })
    const ending = await quietDown(stage, market, journal, minutes * ASK_AGAIN_MS_A_MINUTE)
    tell(`quiet; ${journal.orders} orders to check`)
    const broken = await verify(stage, journal, [...struck, ending.recovery])
    if (failure) broken['faults: what was broken came back'] = { count: 1, examples: [failure] }
    keep = Object.keys(broken).length > 0
    return {
      ...summarise({ seed, minutes, journal, market, struck }),
      ...ending.counts,
      broken,
      seconds: Math.round((performance.now() - started) / 1_000),
      ...(keep ? { directory: stage.directory } : {}),
    }
  } finally {
    await stage.close({ keep })
  }
}

async function runLoad(options: {
  stage: Stage
  market: Market
  journal: Journal
  seed: number
  minutes: number
  callers: number
  only: string[]
  say: (line: string) => void
}): Promise<{ struck: Struck[]; failure: string | undefined }> {
  const endMs = performance.now() + options.minutes * 60_000
  const load = startLoad(options)
  try {
    await sleep(WARM_UP_MS)
    const struck: Struck[] = []
    const failure = await directFaults({ ...options, untilMs: endMs - LAST_FAULT_MS, struck }).then(
      () => undefined,
      (error) => String(error),
    )
    if (failure) options.say(`BROKEN: ${failure}`)
    await sleep(failure ? 0 : Math.max(0, endMs - performance.now()))
    return { struck, failure }
  } finally {
    await load.stop()
  }
}

/** Settles what is open, lets everything be delivered, asks for answers again, audits, and stops the API. */
async function quietDown(stage: Stage, market: Market, journal: Journal, askAgainMs: number) {
  const callsSettledLater = await settleOpenCalls(market, journal)
  const recovery = { names: ['the end'], ordersMs: 0, deliveryMs: await measureDelivery(stage) }
  const keysAskedAgain = await askAgain(market, journal, askAgainMs)
  await audit(market, journal)
  await Promise.all(stage.apis.map((api) => api.end('SIGTERM')))
  return { recovery, counts: { callsSettledLater, keysAskedAgain } }
}

function summarise(run: { seed: number; minutes: number; journal: Journal; market: Market; struck: Struck[] }) {
  const { seed, minutes, journal, market, struck } = run
  const faults: Record<string, number> = {}
  for (const name of struck.flatMap(({ names }) => names)) faults[name] = (faults[name] ?? 0) + 1
  const longest = struck.toSorted((a, b) => b.deliveryMs - a.deliveryMs)[0]
  return {
    seed,
    minutes,
    ordersAcknowledged: journal.orders,
    callsAcknowledged: journal.acknowledged,
    callsRefused: journal.refused,
    retries: market.traffic.retries,
    answersLost: market.traffic.lost,
    audits: market.traffic.audits,
    faults,
    longestRecovery: {
      ordersMs: Math.max(0, ...struck.map(({ ordersMs }) => ordersMs)),
      deliveryMs: longest?.deliveryMs ?? 0,
      deliveryAfter: longest?.names.join(' and ') ?? '',
    },
    slowestAnswerMs: Math.round(market.traffic.slowestMs),
  }
}
