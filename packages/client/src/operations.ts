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
