import type { OrderIdInput } from './names.ts'

/**
 * A rule that must always hold, and what was found.
 * @example const isBroken = ({ broken }: AuditedInvariant) => broken > 0
 */
export interface AuditedInvariant {
  /** Name, such as `stock-adds-up`. */
  name: string
  /** What must hold, a sentence. */
  rule: string
  /** How many were checked. */
  checked: number
  /** How many of them break it. */
  broken: number
  /** Which, by id; the first 100 of them. */
  ids: string[]
}

/**
 * What an audit found.
 * @example const verdict = ({ holds }: Audit) => (holds ? 'right' : 'wrong')
 */
export interface Audit {
  /** When its snapshot was taken, ISO 8601 in UTC. */
  at: string
  /** Whether no invariant is broken. */
  holds: boolean
  /** Every invariant. */
  invariants: AuditedInvariant[]
}

/**
 * `waiting` is tried again by itself; `dead` was rejected too often, and waits to be replayed.
 * @example const state: OutboxState = 'dead'
 */
export type OutboxState = 'dead' | 'waiting'

/**
 * An event that the data platform has not taken.
 * @example const why = ({ reason }: OutboxEvent) => reason ?? 'never sent'
 */
export interface OutboxEvent extends OrderIdInput {
  /** Its id in the outbox. */
  id: string
  /** Its id for the data platform, through every retry and replay. */
  eventId: string
  /** Whether it is tried again by itself. */
  state: OutboxState
  /** What happened to the order. */
  type: 'order.paid' | 'order.cancelled'
  /** Version of the order. */
  version: number
  /** How often it was sent without success. */
  attempts: number
  /** Why the last attempt failed; null if there was none. */
  reason: string | null
  /** Since when it waits, or is dead, ISO 8601 in UTC. */
  since: string
}

/**
 * An order that the data platform knows otherwise.
 * @example const isLost = ({ finding }: OrderDifference) => finding === 'missing'
 */
export interface OrderDifference extends OrderIdInput {
  /** It has nothing, an older version, a newer one or another event of the same (`ahead`), or what was never paid here (`unknown`). */
  finding: 'missing' | 'behind' | 'ahead' | 'unknown'
  /** Version here. */
  version: number | null
  /** Version there. */
  platformVersion: number | null
  /** `waiting`: it is in the outbox already; `dead`: there as a dead letter, to be replayed. */
  action: 'resent' | 'waiting' | 'dead' | 'none'
}

/**
 * What was found in one stretch of the orders.
 * @example const isWhole = ({ nextCursor }: Reconciliation) => nextCursor === null
 */
export interface Reconciliation {
  /** How many paid orders were compared. */
  compared: number
  /** How many of them were too recent to be judged. */
  fresh: number
  /** Every order that differs. */
  differences: OrderDifference[]
  /** How many there are, up to 10,000,000; on the first page. */
  total?: number
  /** Where to go on; null at the end. */
  nextCursor: string | null
}
