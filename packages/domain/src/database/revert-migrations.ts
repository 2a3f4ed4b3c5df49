import type { EntityManager } from '@mikro-orm/postgresql'
import { withShop, workUnderLock } from './migrate.ts'
import { migrationsList } from './migrations/index.ts'
import type { Database } from './orm.ts'
import { DEFAULT_SCHEMA } from './schema.ts'

/** A migration of this release, or one that another release has applied. */
export interface MigrationState {
  name: string
  /** Undefined: pending. */
  executedAt: Date | undefined
  /** Whether this release has it. */
  known: boolean
}

/** Tables whose rows the shop makes again, or that are of use for minutes only. */
const REPLACEABLE = ['popular_hour', 'popular_state', 'feed_tick', 'feed_consumer', 'api_process', 'sign_in_code']

const DROPPED_TABLE = /\bdrop\s+table\s+(?:if\s+exists\s+)?"?(\w+)/gi
const ALTERED_TABLE = /\balter\s+table\s+"?(\w+)"?\s([^;]*)/gi
const DROPPED_COLUMN = /\bdrop\s+column\s+(?:if\s+exists\s+)?"?(\w+)/gi

/** Lists the migrations that were applied, oldest first, and then those that are pending. Changes nothing. */
export async function readMigrations(
  url: string,
  schema = DEFAULT_SCHEMA,
  signal?: AbortSignal,
): Promise<MigrationState[]> {
  return withShop(url, schema, signal, async (_, executed) => {
    const known = migrationsList.map(({ name }) => name)
    const applied = [...executed].map(([name, executedAt]) => ({ name, executedAt, known: known.includes(name) }))
    const pending = known.filter((name) => !executed.has(name))
    return [...applied, ...pending.map((name) => ({ name, executedAt: undefined, known: true }))]
  })
}

/**
 * The names of the migrations to revert, newest first: the newest one that was applied, or all after `to`. Throws an error of one line if
 * there is none, or one of them cannot be reverted by this release.
 */
export function migrationsToRevert(states: MigrationState[], to?: string): string[] {
  const applied = states.filter(({ executedAt }) => executedAt !== undefined).toReversed()
  const end = to === undefined ? 1 : applied.findIndex(({ name }) => name === to)
  if (end < 0) throw new Error(`No migration that was applied is called ${to}.`)
  const chosen = applied.slice(0, end)
  if (chosen.length === 0) throw new Error(to ? `${to} is the newest one already.` : 'No migration was applied.')
  for (const { name, known } of chosen) {
    if (!known)
      throw new Error(`This release does not have the migration ${name}; revert it with the release that has.`)
    const migration = migrationsList.find((one) => one.name === name)
    if (!migration || !Object.hasOwn(migration.class.prototype, 'down'))
      throw new Error(`The migration ${name} cannot be reverted; restore a backup.`)
  }
  return chosen.map(({ name }) => name)
}

/**
 * Reverts migrations in one transaction: all of them, or none. Throws an error of one line if that would lose what the shop cannot make
 * again, or if they are not the newest ones any more.
 *
 * @param names as `migrationsToRevert` returned them
 */
export async function revertMigrations(
  url: string,
  schema: string,
  names: string[],
  signal?: AbortSignal,
): Promise<void> {
  await withShop(url, schema, signal, (shop) =>
    workUnderLock(
      shop,
      async () => {},
      async (orm) => {
        const executed = (await orm.migrator.getExecuted()).map(({ name }) => name)
        if (String(executed.slice(-names.length).toReversed()) !== String(names))
          throw new Error('Another process has migrated the schema meanwhile; nothing was reverted.')
        await orm.em.fork().transactional(async (em) => {
          for (const name of names) await revertOne(orm, em, name)
        })
      },
    ),
  )
}

async function revertOne({ migrator }: Database, em: EntityManager, name: string): Promise<void> {
  const losses: string[] = []
  for (const { table, column } of await droppedBy(em, name)) {
    // Rows that were written after the count would be lost too.
    await em.execute(`lock table "${table}" in access exclusive mode`)
    const [row] = await em.execute<[{ count: string }]>(`select count(${column ? `"${column}"` : '*'}) from "${table}"`)
    if (row.count !== '0') losses.push(column ? `${row.count} of ${table}.${column}` : `${row.count} rows of ${table}`)
  }
  if (losses.length > 0)
    throw new Error(
      `Reverting ${name} would lose ${losses.join(', ')}; nothing was reverted. Restore a backup instead.`,
    )
  await migrator.down({ migrations: [name], transaction: em.getTransactionContext() })
}

/** The tables and columns that the shop cannot fill again, of those that reverting a migration drops. */
async function droppedBy(em: EntityManager, name: string): Promise<{ table: string; column?: string }[]> {
  const { class: Migration } = migrationsList.find((one) => one.name === name) ?? {}
  if (!Migration) return []
  const migration = new Migration(em.getDriver(), em.config)
  await migration.down()
  const sql = migration.getQueries().join(';\n')
  const tables = [...sql.matchAll(DROPPED_TABLE)].map(([, table = '']) => ({ table }))
  const columns = [...sql.matchAll(ALTERED_TABLE)].flatMap(([, table = '', change = '']) =>
    [...change.matchAll(DROPPED_COLUMN)].map(([, column = '']) => ({ table, column })),
  )
  return [...tables, ...columns].filter(({ table }) => !REPLACEABLE.includes(table))
}
