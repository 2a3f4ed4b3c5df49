import { join } from 'node:path'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { startProgram } from '@jumun/test-kit/program'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test, vi } from 'vitest'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 60_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const MIGRATION_LOCK = 7_201_966

const database = useTestDatabase()

async function start(databaseUrl: string) {
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: await temporaryDataDir(onTestFinished), PORT: '0' }
  const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
  return async () => {
    program.process.kill('SIGTERM')
    expect(await program.end).toEqual({ code: 0, signal: null })
    expect(program.stderr).toBe('')
    expect(program.stdout).not.toContain('Ready.')
  }
}

test('SIGTERM ends a start that waits for the migration of another process, and its session with it', async () => {
  await onServer(database.url, 'delete from mikro_orm_migrations where id = (select max(id) from mikro_orm_migrations)')
  const other = onServer(database.url, `select pg_advisory_lock($1, hashtext('public')), pg_sleep(300)`, [
    MIGRATION_LOCK,
  ])
  other.catch(() => {})
  onTestFinished(async () => {
    await onServer(
      database.url,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`,
    )
  })
  const stop = await start(database.url)
  const read = () =>
    onServer(
      database.url,
      `select pid from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`,
    )
  await expect.poll(read, { timeout: scaleByLoad(20_000) }).toHaveLength(1)
  await stop()
  await expect.poll(read, { timeout: scaleByLoad(10_000) }).toEqual([])
})

test('SIGTERM ends a start whose database does not answer', async () => {
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const proxy = await startTcpProxy({ onEvent: () => resolve() })
  onTestFinished(proxy.close)
  const url = proxy.via(database.url)
  await proxy.setMode({ kind: 'hold-request' })
  const stop = await start(url)
  await held
  await stop()
})
