import { isJumunError, type JumunClient } from '@jumun/client'
import type { Interrupt } from '../interrupt.ts'
import { inBatches } from './batches.ts'
import type { ProductSource, SourceRow } from './source.ts'

const CALLS_IN_FLIGHT = 4

export interface CreateOptions {
  jumun: JumunClient
  rows: ProductSource['rows']
  interrupt: Interrupt
  /** Told of each batch that was created. */
  onCreated: (count: number) => void
}

/** How far it came. */
export interface Created {
  created: number
  /** How many may have been created too: their answer was lost. */
  uncertain: number
  /** Why it ended early, and what was about to be created. */
  failure?: { error: unknown; batch: SourceRow[] }
}

/**
 * Creates products, a few batches at a time. After a failure or an interrupt nothing new is begun, and what is under way
 * is finished.
 */
export async function createProducts({ jumun, rows, interrupt, onCreated }: CreateOptions): Promise<Created> {
  const result: Created = { created: 0, uncertain: 0 }
  const batches = inBatches(rows)
  const createBatch = async (batch: SourceRow[]) => {
    try {
      const items = batch.map(({ product }) => product)
      await jumun.product.create.mutate({ items }, { signal: interrupt.now })
      result.created += batch.length
      onCreated(batch.length)
    } catch (error) {
      if (isJumunError(error, 'UNREACHABLE', 'UNAVAILABLE', 'ABORTED')) result.uncertain += batch.length
      result.failure ??= { error, batch }
    }
  }
  const isOver = () => interrupt.stop.aborted || result.failure !== undefined
  const work = async () => {
    try {
      while (!isOver()) {
        const { value: batch, done } = await batches.next()
        if (done || isOver()) return
        await createBatch(batch)
      }
    } catch (error) {
      result.failure ??= { error, batch: [] }
    }
  }
  await Promise.all(Array.from({ length: CALLS_IN_FLIGHT }, work))
  await batches.return(undefined)
  return result
}
