import type { EntityManager } from '@mikro-orm/postgresql'
import { withShop, workUnderLock } from './migrate.ts'
import { breaksOlder, droppedBy, isReversible, statementsOf } from './migration-statements.ts'
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
  /** Whether processes of an older release may fail once it is applied. */
  breaksOlder: boolean
}

/** Tables whose rows the shop can make again, or needs for a few minutes only. */
const REPLACEABLE = ['popular_hour', 'popular_state', 'feed_tick', 'feed_consumer', 'api_process', 'sign_in_code']
/** Columns whose values the migration's `down` keeps in another form. */
const RESTORED = ['idempotency_record.order_id']

/** Lists the migrations that were applied, oldest first, and then those that are pending. Changes nothing. */
export async function readMigrations(
  url: string,
  schema = DEFAULT_SCHEMA,
  signal?: AbortSignal,
): Promise<MigrationState[]> {
  return withShop(url, schema, signal, async (_, executed) => {
    const stateOf = async (name: string) => ({
      name,
      executedAt: executed.get(name),
      known: migrationsList.some((one) => one.name === name),
      breaksOlder: breaksOlder(await statementsOf(name, 'up')),
    })
    const pending = migrationsList.map(({ name }) => name).filter((name) => !executed.has(name))
    return Promise.all([...executed.keys(), ...pending].map(stateOf))
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
    if (!isReversible(name)) throw new Error(`The migration ${name} cannot be reverted; restore a backup.`)
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
  for (const { table, column } of droppedBy(await statementsOf(name, 'down'))) {
    if (REPLACEABLE.includes(table) || RESTORED.includes(`${table}.${column}`)) continue
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
