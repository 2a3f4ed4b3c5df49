import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { CleanUp } from './clean-up.ts'
import { temporaryDataDir } from './data-dir.ts'

/** The files of a stopped cluster in a data directory. */
const FILES = ['postgres', 'postgres.password']

/** Copies the stopped cluster of one data directory to another one. */
export async function copyCluster(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  // Unlike Node's own copy, `cp -a` keeps the owner. When root runs the tests, the server runs as another account, which owns the files.
  await promisify(execFile)('cp', ['-a', ...FILES.map((file) => join(from, file)), to])
}

/**
 * Creates a data directory for one test, with a cluster that has not been used yet: for tests that are not about the first
 * start, because `initdb` takes more than a second. It is empty where the tests run on a given server.
 */
export async function temporaryClusterDir(
  cleanUp: CleanUp,
  options: Parameters<typeof temporaryDataDir>[1] = {},
): Promise<string> {
  const path = await temporaryDataDir(cleanUp, options)
  const { cluster } = inject('testDatabases')
  if (cluster) await copyCluster(cluster, path)
  return path
}
