import { join } from 'node:path'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { TestProject } from 'vitest/node'
import { copyCluster } from './cluster-copy.ts'
import { createDataDir } from './data-dir.ts'
import { removeWhenOrphaned } from './orphan-watch.ts'
import { createTemplate } from './template.ts'

const MAX_CONNECTIONS = 300

interface TestServer {
  serverUrl: string
  template: string
  cluster: string | undefined
  stop(): Promise<void>
}

/** The server of this process. On `globalThis`, because vitest loads this module once for each package. */
interface Shared {
  jumunTestServer?: { users: number; started: Promise<TestServer> } | undefined
}

/**
 * Runs before the tests of a package: provides a PostgreSQL server with a migrated template database. Packages that are tested in one run
 * share the server. It is the one at `TEST_DATABASE_URL` (version 15 or later, as a superuser), or a temporary embedded one.
 *
 * @returns removes the databases, and stops the server after its last user
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = globalThis as Shared
  shared.jumunTestServer ??= { users: 0, started: startTestServer() }
  const { jumunTestServer } = shared
  jumunTestServer.users++
  const { serverUrl, template, cluster, stop } = await jumunTestServer.started
  project.provide('testDatabases', { serverUrl, template, cluster })
  return async () => {
    if (--jumunTestServer.users > 0) return
    shared.jumunTestServer = undefined
    await stop()
  }
}

async function startTestServer(): Promise<TestServer> {
  const givenUrl = process.env['TEST_DATABASE_URL']
  const server = givenUrl ? { url: givenUrl, cluster: undefined, stop: async () => {} } : await startTemporaryServer()
  try {
    const template = await createTemplate(server.url)
    const stop = async () => {
      if (givenUrl) await template.dropWithCopies()
      await server.stop()
    }
    return { serverUrl: server.url, template: template.name, cluster: server.cluster, stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function startTemporaryServer() {
  const dataDir = await createDataDir()
  const endWatch = removeWhenOrphaned(dataDir.path)
  const settings = { max_connections: String(MAX_CONNECTIONS) }
  const start = () => startEmbeddedPostgres({ dataDir: dataDir.path, durable: false, settings })
  await (await start()).stop()
  const cluster = process.platform === 'win32' ? undefined : join(dataDir.path, 'copy')
  if (cluster) await copyCluster(dataDir.path, cluster)
  const server = await start()
  const stop = async () => {
    await server.stop()
    await dataDir.remove()
    endWatch()
  }
  return { url: server.url, cluster, stop }
}
