import type { Interrupt } from '../terminal/interrupt.ts'

export interface WorkOptions<Batch> {
  batches: AsyncGenerator<Batch>
  /** How many batches are under way at once. */
  inFlight: number
  interrupt: Interrupt
  work: (batch: Batch) => Promise<void>
}

/** Why work ended early, and at what, if it was at a batch. */
export interface WorkFailure<Batch> {
  error: unknown
  batch: Batch | undefined
}

/**
 * Works through batches, a few at a time. After a failure or an interrupt nothing new is begun, and what is under way is
 * finished.
 *
 * @returns the first failure, if there was one
 */
export async function workThrough<Batch>(options: WorkOptions<Batch>): Promise<WorkFailure<Batch> | undefined> {
  const { batches, inFlight, interrupt, work } = options
  let failure: WorkFailure<Batch> | undefined
  const isOver = () => interrupt.stop.aborted || failure !== undefined
  const worker = async () => {
    let batch: Batch | undefined
    try {
      while (!isOver()) {
        const next = await batches.next()
        if (next.done || isOver()) return
        batch = next.value
        await work(batch)
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
