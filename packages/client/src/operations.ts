/** One rule that must hold whatever happens, and what was found of it. */
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

/** `waiting` is tried again by itself; `dead` has been rejected too often and waits for somebody to replay it. */
export type OutboxState = 'dead' | 'waiting'

/** An event that the data platform has not taken. */
export interface OutboxEvent {
  /** Its id in the outbox. */
  id: string
  /** Its id for the data platform, the same through every retry and replay. */
  eventId: string
  /** Whether it is tried again by itself. */
  state: OutboxState
  /** What happened to the order. */
  type: 'order.paid' | 'order.cancelled'
  /** Order id (UUIDv7). */
  orderId: string
  /** Version of the order. */
  version: number
  /** How often it was sent without success. */
  attempts: number
  /** Why the last attempt failed; null if there was none. */
  reason: string | null
  /** Since when it waits, or is dead, ISO 8601 in UTC. */
  since: string
}

/** An order of which the data platform knows something else than the shop does. */
export interface OrderDifference {
  /** Order id. */
  orderId: string
  /**
   * `missing`: the platform has nothing of it; `behind`: it has an older version; `ahead`: it has a newer one, or another event
   * of the same version; `unknown`: there is no such order here, or it was never paid.
   */
  finding: 'missing' | 'behind' | 'ahead' | 'unknown'
  /** Version here. */
  version: number | null
  /** Version there. */
  platformVersion: number | null
  /** `resent`: an event was added to the outbox; `waiting`: one is there already; `dead`: one is a dead letter, to be replayed. */
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
