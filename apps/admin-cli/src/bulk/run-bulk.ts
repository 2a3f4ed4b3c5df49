import { isOutcomeUnknown } from '../failure.ts'
import { type Interrupt, listenForInterrupt } from '../terminal/interrupt.ts'
import { printMessage } from '../terminal/output.ts'
import { type Progress, startProgress } from '../terminal/progress.ts'

/** The size of a batch's items as JSON. The API takes request bodies of 256 KiB. */
const MAX_BATCH_BYTES = 200_000

export interface BulkWork<Row> {
  rows: Iterable<Row> | AsyncIterable<Row>
  total: number
  /** What the rows are, such as `products`. */
  what: string
  /** How many rows a batch has at most. */
  maxItems: number
  /** How many batches run at the same time. */
  inFlight: number
}

/** Makes one call that handles `count` rows, for the progress bar and the count of lost replies. */
type BulkCall = <Answer>(count: number, make: (options: { signal: AbortSignal }) => Promise<Answer>) => Promise<Answer>

export interface BulkEnd<Row> {
  /** How many rows may have been handled although their call failed, because its reply was lost. */
  uncertain: number
  /** The first failure. `batch` is undefined if the rows themselves could not be read. */
  failure: { error: unknown; batch: Row[] | undefined } | undefined
}

/**
 * Runs rows in batches, several at a time, with a progress bar. After a failure or an interrupt it starts no more batches and
 * waits for those that are running.
 */
export async function runBulk<Row extends { item: unknown }>(
  { rows, total, what, maxItems, inFlight }: BulkWork<Row>,
  runBatch: (batch: Row[], call: BulkCall) => Promise<void>,
): Promise<BulkEnd<Row>> {
  const progress = startProgress(total, what)
  using interrupt = stopOnInterrupt(progress)
  const batches = inBatches(rows, maxItems)
  const end: BulkEnd<Row> = { uncertain: 0, failure: undefined }
  const call: BulkCall = async (count, make) => {
    try {
      const answer = await make({ signal: interrupt.now })
      progress.add(count)
      return answer
    } catch (error) {
      if (isOutcomeUnknown(error)) end.uncertain += count
      throw error
    }
  }
  const isOver = () => interrupt.stop.aborted || end.failure !== undefined
  const worker = async () => {
    let batch: Row[] | undefined
    try {
      while (!isOver()) {
        const next = await batches.next()
        if (next.done || isOver()) return
        batch = next.value
        await runBatch(batch, call)
        batch = undefined
      }
    } catch (error) {
      end.failure ??= { error, batch }
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  await batches.return(undefined)
  progress.stop()
  return end
}

/** Groups rows into batches. A row that is larger than `MAX_BATCH_BYTES` is a batch of its own. */
async function* inBatches<Row extends { item: unknown }>(rows: BulkWork<Row>['rows'], maxItems: number) {
  let batch: Row[] = []
  let bytes = 0
  for await (const row of rows) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row.item)) + 1
    if (batch.length === maxItems || (batch.length > 0 && bytes + rowBytes > MAX_BATCH_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += rowBytes
  }
  if (batch.length > 0) yield batch
}

/** Listens for Ctrl-C during bulk work, until it is disposed of. The first Ctrl-C ends the bar and prints a message. */
export function stopOnInterrupt(progress: Pick<Progress, 'stop'>): Interrupt {
  return listenForInterrupt(() => {
    progress.stop()
    printMessage('Stopping once the running calls end. Ctrl-C again stops at once.')
  })
}
