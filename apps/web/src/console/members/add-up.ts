import type { PointEntry } from '@jumun/client'

/** What adding up a ledger has shown. */
export interface LedgerSum {
  /** How many entries were added. */
  added: number
  sum: number
  /** Ids of entries whose balance is not the one before plus their amount. */
  broken: ReadonlySet<number>
}

/** Adds the entries of a ledger, given from the newest to the oldest, and compares each balance with the one before. */
export function addUp(entries: readonly PointEntry[], isComplete: boolean): LedgerSum {
  const broken = new Set<number>()
  let sum = 0
  for (const [index, entry] of entries.entries()) {
    sum += entry.amount
    const older = entries[index + 1]
    // Before the first entry there was nothing; before the last one that was read there may be more.
    const before = older?.balanceAfter ?? (isComplete ? 0 : entry.balanceAfter - entry.amount)
    if (before + entry.amount !== entry.balanceAfter) broken.add(entry.id)
  }
  return { added: entries.length, sum, broken }
}
