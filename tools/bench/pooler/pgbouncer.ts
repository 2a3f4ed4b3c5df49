import { spawnSync } from 'node:child_process'
import { appendFile, chmod, chown, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { daemon } from '@jumun/cluster/daemon'
import { copyRecipe } from '@jumun/cluster/recipe'
import { createDataDir } from '@jumun/test-kit/data-dir'
import { onServer } from '@jumun/test-kit/on-server'
import { freePort } from '@jumun/test-kit/ports'
import { waitFor } from '@jumun/test-kit/wait-for'

const START_TIMEOUT_MS = 10_000
/** PgBouncer does not run as root. This is the account "nobody" of Debian. */
const NOBODY = { uid: 65_534, gid: 65_534 }

/** A running PgBouncer. */
export interface Pooler extends AsyncDisposable {
  /** The database through it. */
  url: string
  /** Whether it knows prepared statements (1.21 or later). */
  prepares: boolean
  version: string
}

/** Starts PgBouncer with the recipe of ops/ before a database. Throws if it is not installed. */
export async function startPgbouncer(databaseUrl: string): Promise<Pooler> {
  const { version, prepares } = readVersion()
  await using stops = new AsyncDisposableStack()
  const { path: directory, remove } = await createDataDir()
  stops.defer(remove)
  const { hostname, port, username, password, pathname } = new URL(databaseUrl)
  const listenPort = await freePort()
  const userlist = join(directory, 'userlist.txt')
  await writeFile(userlist, `"${username}" "${decodeURIComponent(password)}"\n`)
  const settings = await copyRecipe('pgbouncer/pgbouncer.ini', join(directory, 'pgbouncer.ini'), {
    'jumun = host=127.0.0.1 port=5432 dbname=jumun': `* = host=${hostname} port=${port}`,
    'listen_addr = 0.0.0.0': 'listen_addr = 127.0.0.1',
    'listen_port = 6432': `listen_port = ${listenPort}`,
    '/etc/pgbouncer/userlist.txt': userlist,
    'client_tls_sslmode = require': 'client_tls_sslmode = disable',
  })
  if (prepares) await appendFile(settings, 'max_prepared_statements = 200\n')
  const isRoot = process.getuid?.() === 0
  if (isRoot) for (const file of [userlist, settings]) await chown(file, NOBODY.uid, NOBODY.gid)
  await chmod(userlist, 0o600)
  const logFile = join(directory, 'pgbouncer.log')
  const pgbouncer = daemon({
    name: 'PgBouncer',
    command: 'pgbouncer',
    args: [settings],
    logFile,
    ...(isRoot && { account: NOBODY }),
  })
  pgbouncer.start()
  stops.defer(() => pgbouncer.signal('SIGTERM'))
  const url = `postgresql://${username}:${password}@127.0.0.1:${listenPort}${pathname}`
  await waitFor(async () => (await onServer(url, 'select 1')).length === 1, START_TIMEOUT_MS).catch(async (error) => {
    throw new Error(`PgBouncer did not start: ${await readFile(logFile, 'utf8')}`, { cause: error })
  })
  const running = stops.move()
  return { url, version, prepares, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

function readVersion() {
  const { stdout } = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' })
  const [, version, major, minor] = /PgBouncer ((\d+)\.(\d+)\S*)/.exec(stdout ?? '') ?? []
  if (version === undefined) throw new Error('pgbouncer is not installed. It is in the Debian package pgbouncer.')
  return { version, prepares: Number(major) > 1 || Number(minor) >= 21 }
}
