/** How long one statement may run, wait for a lock, or idle inside a transaction, in milliseconds. */
export const STATEMENT_TIMEOUT_MS = 15_000
/** The second waiter for a row waits twice: first for the other waiter, then for the row. Both waits together stay below 3 s. */
const LOCK_TIMEOUT_MS = 1_400
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
export const CONNECT_TIMEOUT_MS = 2_500

/** The limits of every transaction of the mapper, by the names of PostgreSQL's settings. */
export const SESSION_LIMITS = {
  statement_timeout: STATEMENT_TIMEOUT_MS,
  lock_timeout: LOCK_TIMEOUT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
}

/**
 * How long one statement of a migration may run: building an index on a large table takes minutes. Its lock timeout is that of every
 * transaction, because all calls that need the same table wait behind it.
 */
export const MIGRATION_STATEMENT_TIMEOUT_MS = 3_600_000
