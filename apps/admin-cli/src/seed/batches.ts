import type { SourceRow } from './source.ts'

/** Half of what one call may create: a call that is refused or lost is then a small loss. */
const MAX_ITEMS = 500

/** Below the 256 KiB that the API takes as a body. */
const MAX_BYTES = 200_000

/** Puts rows together into what one call creates. */
export async function* inBatches(rows: Iterable<SourceRow> | AsyncIterable<SourceRow>): AsyncGenerator<SourceRow[]> {
  let batch: SourceRow[] = []
  let bytes = 0
  for await (const row of rows) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row.product))
    if (batch.length === MAX_ITEMS || (batch.length > 0 && bytes + rowBytes > MAX_BYTES)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += rowBytes
  }
  if (batch.length > 0) yield batch
}
