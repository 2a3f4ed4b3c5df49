import type { Migration } from '@mikro-orm/migrations'

/** The lock for creating the extension, which all shops of a database share. No shop uses its key for anything else. */
const EXTENSION_LOCK = 7_201_965

/**
 * Creates the extension in `public`, so that it outlives each shop, unless the database has it in any schema. To be run in a short
 * transaction: other shops that need it wait for its end.
 */
export async function createTrigrams(execute: (sql: string) => Promise<unknown>): Promise<void> {
  await execute(`select pg_advisory_xact_lock(${EXTENSION_LOCK})`)
  await execute('create extension if not exists pg_trgm with schema public')
}

/** The qualified name of the operators of the trigram indexes. Creates the extension where it is missing. */
export async function trigramOperators(migration: Migration): Promise<string> {
  const existing = await findOperators(migration)
  if (existing !== undefined) return existing
  await createTrigrams((sql) => migration.execute(sql))
  const created = await findOperators(migration)
  if (created === undefined) throw new Error('The extension pg_trgm was created, and cannot be found.')
  return created
}

async function findOperators(migration: Migration): Promise<string | undefined> {
  const rows = await migration.execute(
    `select quote_ident(nspname) || '.gin_trgm_ops' as name
       from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pg_trgm'`,
  )
  const [row] = rows as { name: string }[]
  return row?.name
}

/** Drops the extension, unless another shop of the database uses it or another role owns it. */
export const dropTrigrams = `do $$ begin
  drop extension pg_trgm;
exception when dependent_objects_still_exist or insufficient_privilege then
  null;
end $$`
