import { openDatabase } from '@jumun/domain'
import { onTestFinished } from 'vitest'

/** Locks rows in a transaction that stays idle. They are released after the test at the latest. */
export async function lockRows(
  { databaseUrl }: { databaseUrl: string },
  table: string,
  column: string,
  values: (string | number)[],
): Promise<() => Promise<void>> {
  const other = await openDatabase({ url: databaseUrl, poolSize: 1 })
  const em = other.em.fork()
  await em.begin()
  const release = async () => {
    if (em.isInTransaction()) await em.rollback()
    await other.close(true)
  }
  onTestFinished(release)
  await em.execute(`select 1 from ${table} where ${column} in (?) for update`, [values])
  return release
}
