import type { JumunClient, NewProduct } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type WorkFailure, workThrough } from '../../bulk/run-batches.ts'
import { leavesOpen } from '../../failure.ts'
import type { GoodRow } from '../../input-files/row.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'

const CALLS_IN_FLIGHT = 4

/** As many as the API takes in one call, in less than the 256 KiB that it takes as a body. */
const LIMITS = { maxItems: 1_000, maxBytes: 200_000 }

export interface SeedOptions {
  jumun: JumunClient
  rows: Iterable<GoodRow<NewProduct>> | AsyncIterable<GoodRow<NewProduct>>
  interrupt: Interrupt
  /** Told of each batch that is there now. */
  onDone: (count: number) => void
}

/** How far it came. */
export interface Seeded {
  created: number
  /** How many had been there already. */
  existing: number
  /** How many may have been created too: their answer was lost. */
  uncertain: number
  failure: WorkFailure<GoodRow<NewProduct>[]> | undefined
}

/** Creates products, a few calls at a time, until all are there, a call fails, or it is interrupted. */
export async function seedProducts({ jumun, rows, interrupt, onDone }: SeedOptions): Promise<Seeded> {
  const result = { created: 0, existing: 0, uncertain: 0 }
  const work = async (batch: GoodRow<NewProduct>[]) => {
    const items = batch.map(({ item }) => item)
    try {
      const { existing = 0 } = await jumun.product.create.mutate({ items }, { signal: interrupt.now })
      result.existing += existing
      result.created += batch.length - existing
      onDone(batch.length)
    } catch (error) {
      if (leavesOpen(error)) result.uncertain += batch.length
      throw error
    }
  }
  const failure = await workThrough({ batches: inBatches(rows, LIMITS), inFlight: CALLS_IN_FLIGHT, interrupt, work })
  return { ...result, failure }
}
