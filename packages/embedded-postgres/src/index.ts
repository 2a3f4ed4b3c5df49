import { createCluster } from './create-cluster.ts'
import { type DataDirectory, openDataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.ts'
import { type FileLock, lockFile } from './file-lock.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { findServerAccount, type Server } from './run-unprivileged.ts'
import { rotateLog } from './server-log.ts'
import { startServer } from './start-server.ts'
import { stopServer } from './stop-server.ts'

export { EmbeddedPostgresError }

/** Longer than one start or stop may take. */
const LOCK_WAIT_MS = 180_000
const LOG_CHECK_INTERVAL_MS = 60_000

/** A running PostgreSQL server that this process uses, perhaps with others. */
export interface EmbeddedPostgres {
  /** The database `jumun`, as its superuser: `postgresql://jumun:…@127.0.0.1:<port>/jumun`. */
  url: string
  /**
   * Ends this process's use of the server; the last user stops the server and waits until it is gone. May be called again.
   *
   * @throws EmbeddedPostgresError when the server does not stop
   */
  stop(): Promise<void>
}

/** Where the embedded PostgreSQL keeps its files, and how it runs. */
export interface EmbeddedPostgresOptions {
  /** The cluster goes to `<dataDir>/postgres`, its password and log beside it. Created if it is missing. */
  dataDir: string
  /** Default true. False is faster, but a crash of the machine may destroy the database. */
  durable?: boolean
  /** Settings of `postgresql.conf` by name, except address and port. Ignored if the server runs already. */
  settings?: Record<string, string>
}

/**
 * Starts a PostgreSQL server on a free port of 127.0.0.1, with the data of earlier starts. The server runs in its own
 * session, so Ctrl-C does not reach it, and a server whose process was killed is reused by the next one. Several processes
 * may share one data directory; the last to stop stops the server.
 *
 * @throws EmbeddedPostgresError when it cannot be started
 */
export async function startEmbeddedPostgres({
  dataDir,
  durable = true,
  settings = {},
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = await openDataDirectory(dataDir)
  const binaries = await findPostgresBinaries()
  return withGateLock(directory, async () => {
    const server = { directory, binaries, account: await findServerAccount(directory, binaries) }
    const password = await createCluster(server, durable)
    const usersLock = await registerUser(directory)
    try {
      const url = await startServer({ ...server, password, durable, settings })
      const logCheck = setInterval(() => rotateLog(directory.log).catch(() => {}), LOG_CHECK_INTERVAL_MS).unref()
      let stopped: Promise<void> | undefined
      const stop = () => {
        clearInterval(logCheck)
        stopped ??= withGateLock(directory, () => unregisterUser(server, usersLock))
        return stopped
      }
      return { url, stop }
    } catch (error) {
      // A failure here must not hide the first one.
      await unregisterUser(server, usersLock).catch(() => {})
      throw error
    }
  })
}

/** Lets one process at a time create, start or stop the server of a data directory. */
async function withGateLock<Result>(directory: DataDirectory, work: () => Promise<Result>): Promise<Result> {
  using gate = await lockFile({ path: directory.gateLock, mode: 'exclusive', waitMs: LOCK_WAIT_MS })
  if (!gate)
    throw new EmbeddedPostgresError(
      `Another process has been starting or stopping PostgreSQL in ${directory.root} for ${LOCK_WAIT_MS / 1000} s`,
    )
  try {
    return await work()
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(`Embedded PostgreSQL in ${directory.root}: ${messageOf(error)}`)
  }
}

async function registerUser(directory: DataDirectory): Promise<FileLock> {
  // Our processes lock it exclusively only under the gate lock, which this process holds.
  const usersLock = await lockFile({ path: directory.usersLock, mode: 'shared', waitMs: 0 })
  if (!usersLock) throw new EmbeddedPostgresError(`Something else locks ${directory.usersLock}`)
  return usersLock
}

async function unregisterUser(server: Server, usersLock: FileLock): Promise<void> {
  usersLock.close()
  using last = await lockFile({ path: server.directory.usersLock, mode: 'exclusive', waitMs: 0 })
  if (last) await stopServer(server)
}
