import { isJumunError, type JumunClient } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type BatchFailure, runBatches } from '../../bulk/run-batches.ts'
import { describe, isOutcomeUnknown } from '../../failure.ts'
import type { GoodRow } from '../../input-files/row.ts'
import type { OnError } from '../../options/bulk-options.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'
import { printMessage } from '../../terminal/output.ts'
import type { Charge } from './charge-row.ts'

/** The client sends the calls of one batch in one HTTP request, which takes at most 50 calls. */
const LIMITS = { maxItems: 50, maxBytes: 200_000 }
const REQUESTS_IN_FLIGHT = 2

export interface ChargeOptions {
  jumun: JumunClient
  rows: AsyncIterable<GoodRow<Charge>>
  /** Whether to continue after the API has refused a charge. */
  onError: OnError
  interrupt: Interrupt
  /** Called with the number of charges that were made. */
  onDone: (count: number) => void
}

export interface Charged {
  charged: number
  /** Whole KRW. */
  amount: number
  /** How many charges the API refused. */
  refused: number
  /** How many may have been made too, because their reply was lost. */
  uncertain: number
  failure: BatchFailure<GoodRow<Charge>[]> | undefined
}

/** Charges members, two batches at a time, until all are charged, a call fails, or Ctrl-C is pressed. */
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
      if (isOutcomeUnknown(error)) result.uncertain++
      else result.refused++
      if (!isRefusedAlone(error)) throw error
      printMessage(`${place} is refused: ${describe(error)}`)
      if (onError === 'stop') throw error
    }
  }
  const runBatch = async (batch: GoodRow<Charge>[]) => {
    const outcomes = await Promise.allSettled(batch.map(chargeOne))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }
  const batches = inBatches(rows, LIMITS)
  const failure = await runBatches({ batches, inFlight: REQUESTS_IN_FLIGHT, interrupt, runBatch })
  return { ...result, failure }
}

/** Whether the refusal concerns this charge only; `FORBIDDEN`, for one, concerns all of them. */
function isRefusedAlone(error: unknown) {
  return isJumunError(error, 'POINT_LIMIT_EXCEEDED', 'IDEMPOTENCY_KEY_REUSED', 'BAD_REQUEST')
}
