import { m } from '../../messages/messages.js'

/** What the ids of an invariant name. */
export type IdKind = 'product' | 'member' | 'order' | 'other'

interface KnownInvariant {
  title: () => string
  ids: IdKind
}

const KNOWN: Record<string, KnownInvariant> = {
  'stock-not-negative': { title: m.audit_stock_not_negative, ids: 'product' },
  'stock-adds-up': { title: m.audit_stock_adds_up, ids: 'product' },
  'balance-in-range': { title: m.audit_balance_in_range, ids: 'member' },
  'balance-is-ledger-sum': { title: m.audit_balance_is_ledger_sum, ids: 'member' },
  'ledger-continues': { title: m.audit_ledger_continues, ids: 'other' },
  'total-is-line-sum': { title: m.audit_total_is_line_sum, ids: 'order' },
  'paid-once': { title: m.audit_paid_once, ids: 'order' },
  'refunded-once': { title: m.audit_refunded_once, ids: 'order' },
  'status-fits-times': { title: m.audit_status_fits_times, ids: 'order' },
  'version-counts-changes': { title: m.audit_version_counts_changes, ids: 'order' },
  'one-answer-a-key': { title: m.audit_one_answer_a_key, ids: 'other' },
  'answers-name-orders': { title: m.audit_answers_name_orders, ids: 'other' },
  'events-match-orders': { title: m.audit_events_match_orders, ids: 'other' },
  'popular-hours-count-orders': { title: m.audit_popular_hours_count_orders, ids: 'other' },
}

/** What an invariant is called here; a server that is newer may know more of them. */
export function invariantTitle(name: string): string {
  return KNOWN[name]?.title() ?? name
}

export function idKindOf(name: string): IdKind {
  return KNOWN[name]?.ids ?? 'other'
}
