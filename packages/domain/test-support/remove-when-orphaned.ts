import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'

/**
 * A program: waits until its parent ends (which closes our standard input), and then stops the embedded PostgreSQL in
 * the directory that it was given, and removes the directory, unless the parent did so itself.
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
