import type { JumunClient, NewProduct } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type BatchFailure, runBatches } from '../../bulk/run-batches.ts'
import { isOutcomeUnknown } from '../../failure.ts'
import type { GoodRow } from '../../input-files/row.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'

const CALLS_IN_FLIGHT = 4

/** The API takes at most 1,000 items a call and 256 KiB a request body. */
const LIMITS = { maxItems: 1_000, maxBytes: 200_000 }

export interface SeedOptions {
  jumun: JumunClient
  rows: Iterable<GoodRow<NewProduct>> | AsyncIterable<GoodRow<NewProduct>>
  interrupt: Interrupt
  /** Called with the number of products in each batch that succeeded. */
  onDone: (count: number) => void
}

export interface Seeded {
  created: number
  /** How many existed already. */
  existing: number
  /** How many may have been created too, because their reply was lost. */
  uncertain: number
  failure: BatchFailure<GoodRow<NewProduct>[]> | undefined
}

/** Creates products, four batches at a time, until all exist, a call fails, or Ctrl-C is pressed. */
export async function seedProducts({ jumun, rows, interrupt, onDone }: SeedOptions): Promise<Seeded> {
  const result = { created: 0, existing: 0, uncertain: 0 }
  const runBatch = async (batch: GoodRow<NewProduct>[]) => {
    const items = batch.map(({ item }) => item)
    try {
      const { existing = 0 } = await jumun.product.create.mutate({ items }, { signal: interrupt.now })
      result.existing += existing
      result.created += batch.length - existing
      onDone(batch.length)
    } catch (error) {
      if (isOutcomeUnknown(error)) result.uncertain += batch.length
      throw error
    }
  }
  const failure = await runBatches({ batches: inBatches(rows, LIMITS), inFlight: CALLS_IN_FLIGHT, interrupt, runBatch })
  return { ...result, failure }
}
