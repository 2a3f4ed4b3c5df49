import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { CleanUp } from './clean-up.ts'

/** A data directory for the API or for an embedded PostgreSQL. */
export interface DataDir {
  path: string
  /** Stops the PostgreSQL server that still runs there, and removes the directory. */
  remove(): Promise<void>
}

/**
 * Creates an empty data directory.
 *
 * @param name the data directory is a subdirectory of this name, which is not created yet
 * @param owner user and group id of its owner
 */
export async function createDataDir({ name = '', owner }: { name?: string; owner?: number } = {}): Promise<DataDir> {
  const parent = await mkdtemp(join(tmpdir(), 'jumun-test-'))
  // Started by root, the PostgreSQL server runs under another account, which must be able to enter.
  await chmod(parent, 0o711)
  if (owner !== undefined) await chown(parent, owner, owner)
  const path = join(parent, name)
  return {
    path,
    async remove() {
      if ((await postmasterOf(path)).pid) await (await startEmbeddedPostgres({ dataDir: path, durable: false })).stop()
      await rm(parent, { recursive: true, force: true, maxRetries: 20 })
    },
  }
}

/** Creates a data directory for one test, with the options of `createDataDir`. */
export async function temporaryDataDir(
  cleanUp: CleanUp,
  options: Parameters<typeof createDataDir>[0] = {},
): Promise<string> {
  const { path, remove } = await createDataDir(options)
  cleanUp(remove)
  return path
}

/** Process id and port in the `postmaster.pid` of a data directory; zeros where there is no such file. */
export async function postmasterOf(dataDir: string): Promise<{ pid: number; port: number }> {
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  return { pid: Number(lines[0] ?? 0), port: Number(lines[3] ?? 0) }
}
