import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { TestProject } from 'vitest/node'
import { createTemplate } from './template.ts'

const MAX_CONNECTIONS = 300
const REMOVE_WHEN_ORPHANED = fileURLToPath(new URL('remove-when-orphaned.ts', import.meta.url))

/**
 * Before a test run: has a PostgreSQL server (`TEST_DATABASE_URL`: a superuser's url of a running one, 15 or later; else
 * a throw-away one of our own) with a migrated template, and tells the tests where. After it: takes all away again.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const givenUrl = process.env['TEST_DATABASE_URL']
  const server = givenUrl ? { url: givenUrl, stop: async () => {} } : await startThrowAwayServer()
  try {
    const template = await createTemplate(server.url)
    project.provide('testDatabases', { serverUrl: server.url, template: template.name })
    return async () => {
      // A server of our own goes with all that is in it.
      if (givenUrl) await template.dropWithCopies()
      await server.stop()
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function startThrowAwayServer() {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-test-'))
  // As root the server runs under another account, which has to pass through.
  await chmod(dataDir, 0o711)
  const forget = removeWhenOrphaned(dataDir)
  const settings = { max_connections: String(MAX_CONNECTIONS) }
  const server = await startEmbeddedPostgres({ dataDir, durable: false, settings })
  const stop = async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
    forget()
  }
  return { url: server.url, stop }
}

/** However this process ends, by Ctrl-C or by kill -9, its server must not stay behind: another process watches. */
function removeWhenOrphaned(dataDir: string): () => void {
  const watcher = spawn(process.execPath, [REMOVE_WHEN_ORPHANED, dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  if (watcher.stdin instanceof Socket) watcher.stdin.unref()
  return () => watcher.stdin.end()
}
