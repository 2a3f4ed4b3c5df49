import type { Interrupt } from '../terminal/interrupt.ts'

export interface RunOptions<Batch> {
  batches: AsyncGenerator<Batch>
  /** How many batches run at the same time. */
  inFlight: number
  interrupt: Interrupt
  runBatch: (batch: Batch) => Promise<void>
}

/** The first failure. `batch` is undefined if the batches themselves could not be read. */
export interface BatchFailure<Batch> {
  error: unknown
  batch: Batch | undefined
}

/**
 * Runs batches, several at a time. After a failure or an interrupt it starts no more batches and waits for those that
 * are running.
 *
 * @returns the first failure, if there was one
 */
export async function runBatches<Batch>(options: RunOptions<Batch>): Promise<BatchFailure<Batch> | undefined> {
  const { batches, inFlight, interrupt, runBatch } = options
  let failure: BatchFailure<Batch> | undefined
  const isOver = () => interrupt.stop.aborted || failure !== undefined
  const worker = async () => {
    let batch: Batch | undefined
    try {
      while (!isOver()) {
        const next = await batches.next()
        if (next.done || isOver()) return
        batch = next.value
        await runBatch(batch)
        batch = undefined
      }
    } catch (error) {
      failure ??= { error, batch }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await batches.return(undefined)
  return failure
}
