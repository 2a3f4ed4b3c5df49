import type { OrderDifference, Reconciliation } from '@jumun/client'
import { jumun } from '../../shared/jumun.ts'

/** Bounds memory: only the first differing orders are kept, but all are counted. */
const MAX_KEPT = 1_000

/** What was found so far. */
export interface Found {
  dryRun: boolean
  compared: number
  fresh: number
  /** How many orders there are; undefined until the first stretch is compared. */
  total: number | undefined
  findings: Record<OrderDifference['finding'], number>
  actions: Record<OrderDifference['action'], number>
  /** How many orders are missing or outdated on the data platform and have neither a waiting event nor a dead letter. */
  sendable: number
  differences: readonly OrderDifference[]
  isComplete: boolean
}

interface ReconcileOptions {
  dryRun: boolean
  graceSeconds: number
  signal: AbortSignal
  onProgress: (found: Found) => void
}

/** Compares the orders with the data platform from first to last, stretch by stretch, until the signal stops it. */
export async function reconcileOrders({ dryRun, graceSeconds, signal, onProgress }: ReconcileOptions): Promise<void> {
  let found = nothingFound(dryRun)
  let cursor: string | undefined
  while (!(signal.aborted || found.isComplete)) {
    const input = { dryRun, graceSeconds, ...(cursor !== undefined && { cursor }) }
    const stretch = await jumun.admin.reconcile.mutate(input, { signal })
    found = addStretch(found, stretch)
    cursor = stretch.nextCursor ?? undefined
    onProgress(found)
  }
}

export function nothingFound(dryRun: boolean): Found {
  return {
    dryRun,
    compared: 0,
    fresh: 0,
    total: undefined,
    findings: { missing: 0, behind: 0, ahead: 0, unknown: 0 },
    actions: { resent: 0, waiting: 0, dead: 0, none: 0 },
    sendable: 0,
    differences: [],
    isComplete: false,
  }
}

function addStretch(found: Found, stretch: Reconciliation): Found {
  const findings = { ...found.findings }
  const actions = { ...found.actions }
  for (const { finding, action } of stretch.differences) {
    findings[finding] += 1
    actions[action] += 1
  }
  return {
    ...found,
    compared: found.compared + stretch.compared,
    fresh: found.fresh + stretch.fresh,
    total: found.total ?? stretch.total,
    findings,
    actions,
    sendable: found.sendable + stretch.differences.filter(isSendable).length,
    differences: [...found.differences, ...stretch.differences].slice(0, MAX_KEPT),
    isComplete: stretch.nextCursor === null,
  }
}

function isSendable({ finding, action }: OrderDifference): boolean {
  return (finding === 'missing' || finding === 'behind') && action !== 'waiting' && action !== 'dead'
}
