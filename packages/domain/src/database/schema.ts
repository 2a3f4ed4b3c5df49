/** The schema of a shop if none is set. */
export const DEFAULT_SCHEMA = 'public'

/** The prefix of the session names of every shop. */
export const SESSION_PREFIX = 'jumun:'

/** PostgreSQL truncates longer names. */
const NAME_BYTES = 63

/** The name of a shop's sessions in `pg_stat_activity`, which tells its work from that of other shops in the same database. */
export function sessionName(schema: string): string {
  return `${SESSION_PREFIX}${schema}`.slice(0, NAME_BYTES)
}

/** The session name of the current schema, as SQL. */
export const CURRENT_SESSION_NAME = `left('${SESSION_PREFIX}' || current_schema(), ${NAME_BYTES})`

/** The keys of an advisory lock for one shop only, as SQL. Shops whose schemas have the same hash share the lock, which does no harm. */
export function lockKeys(lock: number): string {
  return `${lock}, hashtext(current_schema())`
}
