import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'

/**
 * A program: waits until its parent process ends, which closes standard input. Then stops the embedded PostgreSQL in the
 * given directory and removes the directory, unless it is gone already.
 */
const [dataDir = ''] = process.argv.slice(2)
process.stdin.resume().once('close', async () => {
  if (!existsSync(dataDir)) return
  try {
    const server = await startEmbeddedPostgres({ dataDir, durable: false })
    await server.stop()
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
