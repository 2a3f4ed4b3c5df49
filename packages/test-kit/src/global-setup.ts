import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { TestProject } from 'vitest/node'
import { createDataDir } from './data-dir.ts'
import { removeWhenOrphaned } from './orphan-watch.ts'
import { createTemplate } from './template.ts'

const MAX_CONNECTIONS = 300

/**
 * Runs before all tests of a package: creates a migrated template on a PostgreSQL server and provides both to the tests.
 * The server is the one at `TEST_DATABASE_URL` (version 15 or later, as a superuser), or a temporary embedded one.
 *
 * @returns removes all of it again
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const givenUrl = process.env['TEST_DATABASE_URL']
  const server = givenUrl ? { url: givenUrl, stop: async () => {} } : await startTemporaryServer()
  try {
    const template = await createTemplate(server.url)
    project.provide('testDatabases', { serverUrl: server.url, template: template.name })
    return async () => {
      if (givenUrl) await template.dropWithCopies()
      await server.stop()
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function startTemporaryServer() {
  const dataDir = await createDataDir()
  const endWatch = removeWhenOrphaned(dataDir.path)
  const settings = { max_connections: String(MAX_CONNECTIONS) }
  const server = await startEmbeddedPostgres({ dataDir: dataDir.path, durable: false, settings })
  const stop = async () => {
    await server.stop()
    await dataDir.remove()
    endWatch()
  }
  return { url: server.url, stop }
}
