/** SQLSTATE codes of a transaction that was undone for certain, because others were in its way. */
const UNDONE_STATES = ['40001', '40P01', '55P03']

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A) of a server that cannot serve now but may soon. */
const TRANSIENT_STATES = [
  '08', // connection exceptions
  '53', // insufficient resources: disk, memory, connections
  '57', // operator intervention: shut down, crashed, starting, cancelled by a timeout
  '25P03', // idle in transaction for too long
  '25006', // read only: a standby
  '40001', // serialization failure, after all attempts
  '40P01', // deadlock, after all attempts
  '55P03', // lock not available in time
]

const TRANSIENT_ERRORS = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT', 'EAI_AGAIN', 'EHOSTUNREACH']

/** What the driver and its pool say without a code. */
const TRANSIENT_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|pool after calling end/

/** Whether a failure means that the database is away or overloaded, so that the same call may succeed soon. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code = '' } = error as { code?: string }
  return (
    TRANSIENT_ERRORS.includes(code) ||
    TRANSIENT_STATES.some((state) => code.length === 5 && code.startsWith(state)) ||
    TRANSIENT_MESSAGES.test(error.message)
  )
}

/**
 * Whether a transaction that failed may have been committed all the same: the connection, or the server, may have gone after
 * the commit and before its answer. Whoever does its work again then may do it twice.
 */
export function mayHaveCommitted(error: unknown): boolean {
  return isDatabaseUnavailable(error) && !UNDONE_STATES.includes(String((error as { code?: string }).code))
}
