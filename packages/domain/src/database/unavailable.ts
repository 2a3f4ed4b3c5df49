/** SQLSTATE codes after which the transaction is certainly rolled back: it conflicted with another one. */
const ROLLED_BACK_STATES = ['40001', '40P01', '55P03']

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A) of failures that may be over soon. */
const TRANSIENT_STATES = [
  '08', // connection exceptions
  '53', // insufficient resources: disk, memory, connections
  '57', // operator intervention: shut down, crashed, starting, cancelled by a timeout
  '25P03', // idle in transaction for too long
  '25006', // read only: a standby
  '40001', // serialization failure, after all attempts
  '40P01', // deadlock, after all attempts
  '55P03', // lock not available in time
  '55000', // in recovery, or a database that accepts no connections for a while
]

/** Calls of the operating system that only a connection makes. */
const CONNECTION_CALLS = ['connect', 'getaddrinfo']

/** Errors of an open connection, and of a TLS handshake that was cut off, which names no call. */
const TRANSIENT_ERRORS = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENOTCONN',
  'ENOBUFS',
  'EMFILE',
  'ENFILE',
]

/** Messages of errors that the driver and its pool throw without a code. */
const TRANSIENT_MESSAGES =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|pool after calling end/

/** Whether an error means that the database is unreachable or overloaded, so that the same call may succeed soon. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // Node.js throws it if a host has several addresses and none can be reached.
  if (error instanceof AggregateError && error.errors.some(isDatabaseUnavailable)) return true
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException
  return (
    CONNECTION_CALLS.includes(syscall) ||
    TRANSIENT_ERRORS.includes(code) ||
    TRANSIENT_STATES.some((state) => code.length === 5 && code.startsWith(state)) ||
    TRANSIENT_MESSAGES.test(error.message)
  )
}

/**
 * Whether a failed transaction may have committed: the connection or the server may have failed after the commit and before
 * its reply. Repeating its work without an idempotency key may then have the effect twice.
 */
export function mayHaveCommitted(error: unknown): boolean {
  return isDatabaseUnavailable(error) && !ROLLED_BACK_STATES.includes(String((error as { code?: string }).code))
}
