import type { JumunClient, OrderDifference, Reconciliation } from '@jumun/client'
import type { Interrupt } from '../../terminal/interrupt.ts'

/** Bounds memory: only the first differing orders are kept, but all are counted. */
const MAX_KEPT = 1_000

interface ReconcileOptions {
  jumun: JumunClient
  dryRun: boolean
  graceSeconds: number
  interrupt: Interrupt
  /** Called with the result of each call. */
  onCompared: (page: Reconciliation) => void
}

type Counts = Record<OrderDifference['finding'] | OrderDifference['action'] | 'compared' | 'fresh', number>

export interface Reconciled {
  counts: Counts
  /** The first of the orders that differ. */
  differences: OrderDifference[]
  isComplete: boolean
  /** Why it ended early; undefined after Ctrl-C. */
  error?: unknown
}

/** Compares orders from first to last, one page a call, until all are compared, a call fails, or Ctrl-C is pressed. */
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
      const page = await jumun.admin.reconcile.mutate(input, { signal: interrupt.now })
      counts.compared += page.compared
      counts.fresh += page.fresh
      for (const { finding, action } of page.differences) {
        counts[finding]++
        counts[action]++
      }
      differences.push(...page.differences.slice(0, MAX_KEPT - differences.length))
      cursor = page.nextCursor
      onCompared(page)
    }
    return { counts, differences, isComplete: cursor === null }
  } catch (error) {
    return { counts, differences, isComplete: false, error }
  }
}
