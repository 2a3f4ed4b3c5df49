import { constants } from 'node:fs'
import { access, mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

/** The paths of an embedded PostgreSQL, all below one data directory. */
export type DataDirectory = Awaited<ReturnType<typeof openDataDirectory>>

/**
 * Creates the data directory if it is missing.
 *
 * @throws EmbeddedPostgresError when this account cannot write there
 */
export async function openDataDirectory(dataDir: string) {
  // postmaster.pid stores the path on one line.
  if (/[\r\n]/.test(dataDir)) throw new EmbeddedPostgresError('The data directory must not contain a line break')
  const path = resolve(dataDir)
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new EmbeddedPostgresError(
      `Cannot write to the data directory ${path} (${error instanceof Error && 'code' in error ? error.code : error}): ` +
        'run as the account that owns it, or set DATA_DIR to another one, or set DATABASE_URL',
    )
  }
  const root = await realpath(path)
  return {
    root,
    /** The cluster: PostgreSQL's own files. */
    cluster: join(root, 'postgres'),
    passwordFile: join(root, 'postgres.password'),
    log: join(root, 'postgres.log'),
    /** Held exclusively while the server is created, started or stopped. */
    gateLock: join(root, 'postgres.gate.lock'),
    /** Held shared by every process that uses the server, so that only the last one can hold it exclusively. */
    usersLock: join(root, 'postgres.users.lock'),
  }
}
