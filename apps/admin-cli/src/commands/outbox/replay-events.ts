import type { JumunClient } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type WorkFailure, workThrough } from '../../bulk/run-batches.ts'
import { leavesOpen } from '../../failure.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'

/** The server moves those of one call in one transaction. */
const LIMITS = { maxItems: 100, maxBytes: 200_000 }

interface ReplayOptions {
  jumun: JumunClient
  ids: string[]
  interrupt: Interrupt
  /** Told of ids that are done with. */
  onDone: (count: number) => void
}

/** How far it came. */
export interface Replayed {
  replayed: number
  /** How many were no dead letters, or no more. */
  others: number
  /** How many may have been replayed too: their answer was lost. */
  uncertain: number
  failure: WorkFailure<unknown> | undefined
}

/** Sends dead letters again, a hundred at a time, until all are, a call fails, or it is interrupted. */
export async function replayEvents({ jumun, ids, interrupt, onDone }: ReplayOptions): Promise<Replayed> {
  const result = { replayed: 0, others: 0, uncertain: 0 }
  const work = async (batch: { item: string }[]) => {
    try {
      const input = { ids: batch.map(({ item }) => item) }
      const { replayed } = await jumun.outbox.replay.mutate(input, { signal: interrupt.now })
      result.replayed += replayed
      result.others += batch.length - replayed
      onDone(batch.length)
    } catch (error) {
      if (leavesOpen(error)) result.uncertain += batch.length
      throw error
    }
  }
  const rows = ids.map((item) => ({ item }))
  const failure = await workThrough({ batches: inBatches(rows, LIMITS), inFlight: 1, interrupt, work })
  return { ...result, failure }
}
