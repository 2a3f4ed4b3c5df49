import { setTimeout as sleep } from 'node:timers/promises'
import { audit } from '../checker/audit.ts'
import { randomOf } from '../random.ts'
import { describe, isNoAnswer } from './calls.ts'
import type { Market } from './fixture.ts'
import type { Journal } from './history.ts'
import {
  cancel,
  charge,
  checkOut,
  look,
  order,
  orderForLater,
  orderTwice,
  orderWithoutKey,
  restock,
  type Shopper,
  usePoints,
} from './operations.ts'

/** Below 1,000 are the streams of other draws. */
const FIRST_STREAM = 1_000

const AUDIT_PAUSE_MS = 20_000

/** How often each act is drawn. */
const acts: { weight: number; act: (shopper: Shopper) => Promise<void> }[] = [
  { weight: 770, act: order },
  { weight: 60, act: orderForLater },
  { weight: 30, act: orderTwice },
  { weight: 30, act: orderWithoutKey },
  { weight: 25, act: cancel },
  { weight: 25, act: checkOut },
  { weight: 25, act: charge },
  { weight: 15, act: usePoints },
  { weight: 15, act: look },
  { weight: 5, act: restock },
]

const deck = acts.flatMap(({ weight, act }) => Array.from({ length: weight }, () => act))

/** Shoppers and an auditor who go on until they are told to stop. */
export interface Load {
  /** Has everybody finish what they are at. */
  stop(): Promise<void>
}

/** Sends shoppers into the market, each doing one thing after the other without a pause, and an auditor now and then. */
export function startLoad(options: { market: Market; journal: Journal; seed: number; callers: number }): Load {
  const { market, journal, seed, callers } = options
  const stopping = new AbortController()
  const shop = async (index: number) => {
    const random = randomOf(seed, FIRST_STREAM + index)
    let keys = 0
    const nextKey = () => {
      keys++
      return `${index}.${keys}`
    }
    const shopper: Shopper = { market, journal, random, nextKey, recent: [] }
    while (!stopping.signal.aborted) await random.pick(deck)(shopper)
  }
  const auditNowAndThen = async () => {
    while (await pausedFor(AUDIT_PAUSE_MS, stopping.signal)) {
      try {
        await audit(market, journal)
      } catch (error) {
        if (!isNoAnswer(error)) journal.complain(`audit: ${describe(error)}`)
      }
    }
  }
  const everybody = Promise.all([...Array.from({ length: callers }, (_, index) => shop(index)), auditNowAndThen()])
  return {
    async stop() {
      stopping.abort()
      await everybody
    },
  }
}

/** Whether a pause went by without anybody calling it off. */
function pausedFor(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, undefined, { signal }).then(
    () => true,
    () => false,
  )
}
