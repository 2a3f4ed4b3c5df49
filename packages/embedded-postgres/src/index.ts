import { createCluster } from './create-cluster.ts'
import { type DataDirectory, openDataDirectory } from './data-directory.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { type FileLock, lockFile } from './file-lock.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import { findServerAccount, type ServerAccount } from './run-unprivileged.ts'
import { rotateLog } from './server-log.ts'
import { startServer } from './start-server.ts'
import { stopServer } from './stop-server.ts'

export { EmbeddedPostgresError }

/** Longer than one start or stop may take. */
const GATE_WAIT_MS = 180_000
const LOG_CHECK_INTERVAL_MS = 60_000

/** A running PostgreSQL server of our own, and our share in it. */
export interface EmbeddedPostgres {
  /** Of the database `jumun`, as its superuser: `postgresql://jumun:…@127.0.0.1:<port>/jumun`. */
  url: string
  /**
   * Gives our share up; the last process that does so stops the server and waits until it is gone. May be called again.
   *
   * @throws EmbeddedPostgresError when the server does not stop
   */
  stop(): Promise<void>
}

/** Where the embedded PostgreSQL lives and how it runs. */
export interface EmbeddedPostgresOptions {
  /** The cluster goes to `<dataDir>/postgres`, its password and log beside it. Made where it is missing. */
  dataDir: string
  /** false: for throw-away databases, faster, and lost when the machine crashes. */
  durable?: boolean
  /** More of `postgresql.conf`, by name; address and port are ours. Ignored where the server runs already. */
  settings?: Record<string, string>
}

/**
 * Starts a PostgreSQL server on a free port of 127.0.0.1, with the data of earlier starts. The server is not a child of
 * this process: Ctrl-C does not reach it, and where a process was killed before it could stop its server, the next one
 * takes it over. Several processes may share one data directory; the last to stop stops the server.
 *
 * @throws EmbeddedPostgresError, one line for people, where it cannot be started
 */
export async function startEmbeddedPostgres({
  dataDir,
  durable = true,
  settings = {},
}: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = await openDataDirectory(dataDir)
  const binaries = await findPostgresBinaries()
  return passGate(directory, async () => {
    const account = await findServerAccount(directory, binaries)
    const password = await createCluster({ directory, binaries, account, durable })
    const share = await takeShare(directory)
    try {
      const url = await startServer({ directory, binaries, account, password, durable, settings })
      const logCheck = setInterval(() => rotateLog(directory.log).catch(() => {}), LOG_CHECK_INTERVAL_MS).unref()
      let stopped: Promise<void> | undefined
      const stop = () => {
        clearInterval(logCheck)
        stopped ??= passGate(directory, () => leave({ directory, binaries, account, share }))
        return stopped
      }
      return { url, stop }
    } catch (error) {
      // The first failure is the one to tell.
      await leave({ directory, binaries, account, share }).catch(() => {})
      throw error
    }
  })
}

/** Only one process at a time makes, starts or stops the server of a data directory. */
async function passGate<Result>(directory: DataDirectory, work: () => Promise<Result>): Promise<Result> {
  const gate = await lockFile({ path: directory.gateLock, mode: 'exclusive', waitMs: GATE_WAIT_MS })
  if (!gate)
    throw new EmbeddedPostgresError(
      `Another process has been starting or stopping PostgreSQL in ${directory.root} for ${GATE_WAIT_MS / 1000} s`,
    )
  try {
    return await work()
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      `Embedded PostgreSQL in ${directory.root}: ${error instanceof Error ? error.message : error}`,
    )
  } finally {
    gate.release()
  }
}

async function takeShare(directory: DataDirectory): Promise<FileLock> {
  // Nobody can be holding it exclusively: that takes the gate, and we have it.
  const share = await lockFile({ path: directory.usersLock, mode: 'shared', waitMs: 0 })
  if (!share) throw new EmbeddedPostgresError(`Something else locks ${directory.usersLock}`)
  return share
}

async function leave({
  directory,
  binaries,
  account,
  share,
}: {
  directory: DataDirectory
  binaries: PostgresBinaries
  account: ServerAccount
  share: FileLock
}): Promise<void> {
  share.release()
  const last = await lockFile({ path: directory.usersLock, mode: 'exclusive', waitMs: 0 })
  if (!last) return
  try {
    await stopServer({ directory, binaries, account })
  } finally {
    last.release()
  }
}
