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

/** Compares orders from first to last, one page a call, until all are compared, a call fails, or Ctrl-C is pressed. */
export async function reconcileOrders(options: ReconcileOptions) {
  const { jumun, dryRun, graceSeconds, interrupt, onCompared } = options
  const counts = {
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
  let error: unknown
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
  } catch (cause) {
    error = cause
  }
  return { counts, differences, isComplete: cursor === null, error }
}

/** The counts, and the first of the orders that differ. `error` is why it ended early; undefined after Ctrl-C. */
export type Reconciled = Awaited<ReturnType<typeof reconcileOrders>>
