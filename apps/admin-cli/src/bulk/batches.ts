/** The limits of one batch. */
export interface BatchLimits {
  maxItems: number
  /** The size of the items as JSON. */
  maxBytes: number
}

/** Groups rows into batches. A row that is larger than `maxBytes` is a batch of its own. */
export async function* inBatches<Row extends { item: unknown }>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  { maxItems, maxBytes }: BatchLimits,
): AsyncGenerator<Row[]> {
  let batch: Row[] = []
  let bytes = 0
  for await (const row of rows) {
    const rowBytes = Buffer.byteLength(JSON.stringify(row.item)) + 1
    if (batch.length === maxItems || (batch.length > 0 && bytes + rowBytes > maxBytes)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(row)
    bytes += rowBytes
  }
  if (batch.length > 0) yield batch
}
