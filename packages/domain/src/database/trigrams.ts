import type { Migration } from '@mikro-orm/migrations'

/** Held while the extension is created, because all shops of a database share it. A key that is none of a shop's. */
const EXTENSION_LOCK = 7_201_965

/**
 * The qualified name of the operators of the trigram indexes. The extension belongs to the database and may be in any schema; it is
 * created in `public` where it is missing, so that it outlives each shop.
 */
export async function trigramOperators(migration: Migration): Promise<string> {
  const existing = await findOperators(migration)
  if (existing !== undefined) return existing
  await migration.execute(`select pg_advisory_xact_lock(${EXTENSION_LOCK})`)
  await migration.execute('create extension if not exists pg_trgm with schema public')
  const created = await findOperators(migration)
  if (created === undefined) throw new Error('The extension pg_trgm was created, and cannot be found.')
  return created
}

async function findOperators(migration: Migration): Promise<string | undefined> {
  const rows: { name: string }[] = await migration.execute(
    `select quote_ident(nspname) || '.gin_trgm_ops' as name
       from pg_extension join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pg_trgm'`,
  )
  return rows[0]?.name
}

/** Drops the extension, unless another shop of the database uses it or another role owns it. */
export const dropTrigrams = `do $$ begin
  drop extension pg_trgm;
exception when dependent_objects_still_exist or insufficient_privilege then
  null;
end $$`
