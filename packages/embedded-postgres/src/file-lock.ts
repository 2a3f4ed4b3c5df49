import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

const POLL_MS = 20

/** https://www.sqlite.org/rescode.html#busy, in the low byte of an extended code. */
const SQLITE_BUSY = 5
const sqliteError = z.object({ errcode: z.number().int() })

/** A lock that is held until it is released or the process ends. */
export interface FileLock {
  release(): void
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
  path,
  mode,
  waitMs,
}: {
  path: string
  mode: 'exclusive' | 'shared'
  waitMs: number
}): Promise<FileLock | undefined> {
  const deadline = performance.now() + waitMs
  for (;;) {
    const lock = tryLock(path, mode)
    if (lock || performance.now() >= deadline) return lock
    await sleep(POLL_MS)
  }
}

function tryLock(path: string, mode: 'exclusive' | 'shared'): FileLock | undefined {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // `begin` alone takes no lock; the first read takes the shared one.
    database.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin; select count(*) from sqlite_schema')
    const held = database
    return { release: () => held.close() }
  } catch (error) {
    database?.close()
    const known = sqliteError.safeParse(error)
    if (known.success && (known.data.errcode & 0xff) === SQLITE_BUSY) return undefined
    throw new EmbeddedPostgresError(`Cannot lock ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
