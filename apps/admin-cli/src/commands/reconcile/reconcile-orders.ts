import type { JumunClient, OrderDifference, Reconciliation } from '@jumun/client'
import type { Interrupt } from '../../terminal/interrupt.ts'

/** What is kept of the orders that differ; all are counted. */
const MAX_KEPT = 1_000

interface ReconcileOptions {
  jumun: JumunClient
  dryRun: boolean
  graceSeconds: number
  interrupt: Interrupt
  /** Told of each stretch. */
  onCompared: (stretch: Reconciliation) => void
}

type Counts = Record<OrderDifference['finding'] | OrderDifference['action'] | 'compared' | 'fresh', number>

/** How far it came. */
export interface Reconciled {
  counts: Counts
  /** The first of the orders that differ. */
  differences: OrderDifference[]
  isWhole: boolean
  /** Why it ended early, unless it was interrupted. */
  error?: unknown
}

/** Compares orders from the first to the last, one call a stretch, until a call fails or it is interrupted. */
export async function reconcileOrders(options: ReconcileOptions): Promise<Reconciled> {
  const { jumun, dryRun, graceSeconds, interrupt, onCompared } = options
  const counts: Counts = {
    compared: 0,
    fresh: 0,
    missing: 0,
    behind: 0,
    ahead: 0,
    unknown: 0,
    resent: 0,
    waiting: 0,
    dead: 0,
    none: 0,
  }
  const differences: OrderDifference[] = []
  let cursor: string | null | undefined
  try {
    while (cursor !== null && !interrupt.stop.aborted) {
      const input = { dryRun, graceSeconds, ...(cursor && { cursor }) }
      const found = await jumun.admin.reconcile.mutate(input, { signal: interrupt.now })
      counts.compared += found.compared
      counts.fresh += found.fresh
      for (const { finding, action } of found.differences) {
        counts[finding]++
        counts[action]++
      }
      differences.push(...found.differences.slice(0, MAX_KEPT - differences.length))
      cursor = found.nextCursor
      onCompared(found)
    }
    return { counts, differences, isWhole: cursor === null }
  } catch (error) {
    return { counts, differences, isWhole: false, error }
  }
}
