import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError, messageOf } from './embedded-postgres-error.ts'

const POLL_MS = 20

/** https://www.sqlite.org/rescode.html#busy, in the low byte of an extended code. */
const SQLITE_BUSY = 5

/** A lock that is held until it is closed or the process ends. */
export type FileLock = Pick<DatabaseSync, 'close' | typeof Symbol.dispose>

interface LockOptions {
  path: string
  mode: 'exclusive' | 'shared'
}

/**
 * Locks a file against other processes and against other holders in this one. Node has no `flock`, but SQLite locks its
 * (here empty) database files through the operating system on every platform, and the kernel releases the locks of a killed
 * process, so no lock is ever stale (https://www.sqlite.org/lockingv3.html).
 *
 * @param path of a file without another purpose; created if it is missing
 * @param mode `exclusive`: a single holder; `shared`: any number of shared holders
 * @param waitMs how long to wait for other holders; 0 tries once
 * @returns undefined when others still hold it
 * @throws EmbeddedPostgresError when the file cannot be opened or locked
 */
export async function lockFile({
  waitMs,
  ...options
}: LockOptions & { waitMs: number }): Promise<FileLock | undefined> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const lock = tryLock(options)
    if (lock || performance.now() >= deadline) return lock
    await sleep(POLL_MS)
  }
}

function tryLock({ path, mode }: LockOptions): FileLock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // `begin` alone takes no lock; the first read takes the shared one.
    database.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin; select count(*) from sqlite_schema')
    return database
  } catch (error) {
    database?.close()
    const { errcode = 0 } = error as { errcode?: number }
    if ((errcode & 0xff) === SQLITE_BUSY) return undefined
    throw new EmbeddedPostgresError(`Cannot lock ${path}: ${messageOf(error)}`)
  }
}
