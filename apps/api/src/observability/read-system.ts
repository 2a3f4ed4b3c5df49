import type { System } from '@jumun/contract'
import { type Database, listProcesses } from '@jumun/domain'

/** The sources of the state. */
export interface SystemSources {
  database: Database
  settings: System['settings']
  /** Id of this process. */
  processId: string
}

/** Reads the state of the installation. */
export async function readSystem({ database, settings, processId }: SystemSources): Promise<System> {
  const { em, migrator } = database
  const [server] = await em.fork().execute<[System['database']]>(
    `select current_setting('server_version') as version, current_database() as name,
            (select coalesce(sum(pg_total_relation_size(oid)), 0)::float8 from pg_class
              where relnamespace = to_regnamespace(quote_ident(current_schema())) and relkind = 'r') as "sizeBytes",
            (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as connections,
            current_setting('max_connections')::int as "maxConnections"`,
  )
  const applied = await migrator.getExecuted()
  const pending = await migrator.getPending()
  const processes = await listProcesses(em)
  return {
    ready: pending.length === 0,
    database: server,
    migrations: {
      applied: applied.map(({ name, executed_at }) => ({ name, at: new Date(executed_at).toISOString() })),
      pending: pending.map(({ name }) => name),
    },
    processes: processes.map((process) => ({ ...process, self: process.id === processId })),
    settings,
  }
}
