/** The embedded PostgreSQL cannot be used. The message is one line for people and says what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
  /** The last lines that the server or its tools wrote; empty if they wrote none. */
  readonly logTail: string

  constructor(message: string, logTail = '') {
    super(message)
    this.logTail = logTail
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
