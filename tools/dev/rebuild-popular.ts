import { readSettings } from '@jumun/api'
import { migrateDatabase, openDatabase, rebuildPopular } from '@jumun/domain'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'

/**
 * `npm run popular:rebuild`: rebuilds the hourly sales from the orders, in the database at `DATABASE_URL` (schema `DATABASE_SCHEMA`) or the embedded
 * one under `DATA_DIR`. The API may keep running.
 */
try {
  const { DATABASE_URL, DATABASE_SCHEMA: schema, DATA_DIR } = readSettings(process.env)
  await using stops = new AsyncDisposableStack()
  const url = DATABASE_URL ?? stops.adopt(await startEmbeddedPostgres({ dataDir: DATA_DIR }), ({ stop }) => stop()).url
  await migrateDatabase(url, schema)
  const database = stops.adopt(await openDatabase({ url, schema }), (database) => database.close(true))
  const start = performance.now()
  await rebuildPopular(database.em)
  process.stdout.write(`Popular products were rebuilt in ${((performance.now() - start) / 1000).toFixed(1)} s.\n`)
} catch (error) {
  const reason = error instanceof Error ? error.message : error
  process.stderr.write(`Popular products could not be rebuilt: ${reason}\n`)
  process.exitCode = 1
}
