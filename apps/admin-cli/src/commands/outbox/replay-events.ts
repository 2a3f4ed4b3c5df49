import type { JumunClient } from '@jumun/client'
import { inBatches } from '../../bulk/batches.ts'
import { type BatchFailure, runBatches } from '../../bulk/run-batches.ts'
import { isOutcomeUnknown } from '../../failure.ts'
import type { Interrupt } from '../../terminal/interrupt.ts'

/** The API takes at most this many ids a call, and replays them in one transaction. */
const LIMITS = { maxItems: 100, maxBytes: 200_000 }

interface ReplayOptions {
  jumun: JumunClient
  ids: string[]
  interrupt: Interrupt
  /** Called with the number of ids that a call has handled. */
  onDone: (count: number) => void
}

export interface Replayed {
  replayed: number
  /** How many ids were not those of dead letters. */
  others: number
  /** How many may have been replayed too, because their reply was lost. */
  uncertain: number
  failure: BatchFailure<unknown> | undefined
}

/** Sends dead letters again, in batches, until all are done, a call fails, or Ctrl-C is pressed. */
export async function replayEvents({ jumun, ids, interrupt, onDone }: ReplayOptions): Promise<Replayed> {
  const result = { replayed: 0, others: 0, uncertain: 0 }
  const runBatch = async (batch: { item: string }[]) => {
    try {
      const input = { ids: batch.map(({ item }) => item) }
      const { replayed } = await jumun.outbox.replay.mutate(input, { signal: interrupt.now })
      result.replayed += replayed
      result.others += batch.length - replayed
      onDone(batch.length)
    } catch (error) {
      if (isOutcomeUnknown(error)) result.uncertain += batch.length
      throw error
    }
  }
  const rows = ids.map((item) => ({ item }))
  const failure = await runBatches({ batches: inBatches(rows, LIMITS), inFlight: 1, interrupt, runBatch })
  return { ...result, failure }
}
