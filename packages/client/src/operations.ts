import type { OrderIdInput } from './names.ts'

/** A rule that must always hold, and what was found. */
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

/** What an audit found. */
export interface Audit {
  /** When its snapshot was taken, ISO 8601 in UTC. */
  at: string
  /** Whether no invariant is broken. */
  holds: boolean
  /** Every invariant. */
  invariants: AuditedInvariant[]
}

/** `waiting` is tried again by itself; `dead` was rejected too often, and waits to be replayed. */
export type OutboxState = 'dead' | 'waiting'

/** An event that the data platform has not taken. */
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

/** An order that the data platform knows otherwise than the shop does. */
export interface OrderDifference extends OrderIdInput {
  /**
   * What the platform has: nothing (`missing`), an older version (`behind`), a newer one or another event of the same (`ahead`),
   * or an order that was never placed or never paid here (`unknown`).
   */
  finding: 'missing' | 'behind' | 'ahead' | 'unknown'
  /** Version here. */
  version: number | null
  /** Version there. */
  platformVersion: number | null
  /** `resent`: sent again; `waiting`: in the outbox already; `dead`: there as a dead letter, to be replayed. */
  action: 'resent' | 'waiting' | 'dead' | 'none'
}

/** What was found in one stretch of the orders. */
export interface Reconciliation {
  /** How many paid orders were compared. */
  compared: number
  /** How many of them were too recent to be judged. */
  fresh: number
  /** Every order that differs. */
  differences: OrderDifference[]
  /** Where to go on; null at the end. */
  nextCursor: string | null
}
