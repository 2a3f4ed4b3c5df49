/** Where a shop is if nothing else is set. */
export const DEFAULT_SCHEMA = 'public'

/** What the names of the sessions of every shop begin with. */
export const SESSION_PREFIX = 'jumun:'

/** PostgreSQL cuts longer names. */
const NAME_BYTES = 63

/** The name of the sessions of a shop in `pg_stat_activity`, by which its work is told from that of other shops of the database. */
export function sessionName(schema: string): string {
  return `${SESSION_PREFIX}${schema}`.slice(0, NAME_BYTES)
}

/** The same for the schema of a transaction, as SQL. */
export const CURRENT_SESSION_NAME = `left('${SESSION_PREFIX}' || current_schema(), ${NAME_BYTES})`

/** The keys of an advisory lock that one shop has for itself, as SQL. Shops whose names have the same hash share it, which does no harm. */
export function lockKeys(lock: number): string {
  return `${lock}, hashtext(current_schema())`
}
