import type { OrderDifference } from '@jumun/client'
import { m } from '../../messages/messages.js'
import type { Tone } from '../components/badge.tsx'

export const FINDINGS = ['missing', 'behind', 'ahead', 'unknown'] as const

export const FINDING_TONES: Record<OrderDifference['finding'], Tone> = {
  missing: 'bad',
  behind: 'warn',
  ahead: 'warn',
  unknown: 'plain',
}

export function findingLabel(finding: OrderDifference['finding']): string {
  const labels = {
    missing: m.reconcile_missing,
    behind: m.reconcile_behind,
    ahead: m.reconcile_ahead,
    unknown: m.reconcile_unknown,
  }
  return labels[finding]()
}

export function actionLabel(action: OrderDifference['action'], dryRun: boolean): string {
  if (action === 'none' || action === 'resent') {
    return action === 'resent' && !dryRun
      ? m.reconcile_resent()
      : dryRun
        ? m.reconcile_not_yet()
        : m.reconcile_nothing()
  }
  return action === 'waiting' ? m.reconcile_waiting() : m.reconcile_dead()
}
