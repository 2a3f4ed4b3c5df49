import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { onTestFinished } from 'vitest'

/** An empty data directory for one test. After it, whatever database runs there is stopped and the directory removed. */
export async function temporaryDataDir(owner?: number): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-start-'))
  // As root the database runs under another account, which has to pass through.
  await chmod(dataDir, 0o711)
  if (owner !== undefined) await chown(dataDir, owner, owner)
  onTestFinished(async () => {
    const running = existsSync(join(dataDir, 'postgres', 'postmaster.pid'))
    if (running) await (await startEmbeddedPostgres({ dataDir, durable: false })).stop()
    await rm(dataDir, { recursive: true, force: true, maxRetries: 20 })
  })
  return dataDir
}
