import { isJumunError, type JumunClient } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type WorkFailure, workThrough } from '../../bulk/run-batches.ts'
import { describe, leavesOpen } from '../../failure.ts'
import type { OnError } from '../../input-files/open-row-file.ts'
import type { GoodRow } from '../../input-files/row.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'
import { say } from '../../terminal/output.ts'
import type { Charge } from './charge-row.ts'

/** Calls made in one go travel in one request, which takes so many. */
const LIMITS = { maxItems: 50, maxBytes: 200_000 }
const REQUESTS_IN_FLIGHT = 2

export interface ChargeOptions {
  jumun: JumunClient
  rows: AsyncIterable<GoodRow<Charge>>
  /** What to do after a charge that the API refuses. */
  onError: OnError
  interrupt: Interrupt
  /** Told of charges that are made. */
  onDone: (count: number) => void
}

/** How far it came. */
export interface Charged {
  charged: number
  /** Whole KRW. */
  amount: number
  /** How many the API refused. */
  refused: number
  /** How many may have been made too: their answer was lost. */
  uncertain: number
  failure: WorkFailure<GoodRow<Charge>[]> | undefined
}

/** Charges members, a hundred at a time, until all are charged, one fails, or it is interrupted. */
export async function chargeMembers(options: ChargeOptions): Promise<Charged> {
  const { jumun, rows, onError, interrupt, onDone } = options
  const result = { charged: 0, amount: 0, refused: 0, uncertain: 0 }
  const chargeOne = async ({ item, place }: GoodRow<Charge>) => {
    try {
      await jumun.point.charge.mutate(item, { signal: interrupt.now })
      result.charged++
      result.amount += item.amount
      onDone(1)
    } catch (error) {
      if (leavesOpen(error)) result.uncertain++
      else result.refused++
      if (!isRefusedAlone(error)) throw error
      say(`${place} is refused: ${describe(error)}`)
      if (onError === 'stop') throw error
    }
  }
  const work = async (batch: GoodRow<Charge>[]) => {
    const outcomes = await Promise.allSettled(batch.map(chargeOne))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
  const batches = inBatches(rows, LIMITS)
  const failure = await workThrough({ batches, inFlight: REQUESTS_IN_FLIGHT, interrupt, work })
  return { ...result, failure }
}

/** Whether it is this charge that is refused, and not all that this caller may ask for. */
function isRefusedAlone(error: unknown) {
  return isJumunError(error, 'POINT_LIMIT_EXCEEDED', 'IDEMPOTENCY_KEY_REUSED', 'BAD_REQUEST')
}
