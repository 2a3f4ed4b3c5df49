import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { inject } from 'vitest'
import { urlOfDatabase } from './on-server.ts'
import { useResource } from './use-resource.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * The server that global-setup.ts started, the name of the migrated template on it, and a data directory with a stopped
     * cluster, if there is one.
     */
    testDatabases: { serverUrl: string; template: string; cluster: string | undefined }
  }
}

const COPY_ATTEMPTS_MAX = 20
const COPY_RETRY_MS = 100

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: something is connected to the template. */
const OBJECT_IN_USE = '55006'

/** A migrated and otherwise empty database. */
export interface TestDatabase {
  url: string
  /** Drops it; open connections are ended. */
  drop(): Promise<void>
}

/** This worker's connection for creating and dropping databases. It is kept, because a new connection takes longer than the statement. */
let admin: Promise<Client> | undefined

async function runAsAdmin(url: string, statement: string): Promise<void> {
  admin ??= connectAdmin(url)
  await (await admin).query(statement)
}

async function connectAdmin(url: string): Promise<Client> {
  // `@types/pg` does not declare `unref`.
  const client = new Client({ connectionString: url }) as Client & { unref(): void }
  const forget = () => {
    admin = undefined
  }
  client.on('error', forget).on('end', forget)
  await client.connect()
  // The worker may end while the connection is open.
  client.unref()
  return client
}

/** Creates a database for one test or test file, as a copy of the template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { serverUrl, template } = inject('testDatabases')
  const name = `${template}_${randomBytes(6).toString('hex')}`
  for (let attempt = 1; ; attempt++) {
    try {
      await runAsAdmin(serverUrl, `create database ${name} template ${template} strategy file_copy`)
      break
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === OBJECT_IN_USE) || attempt === COPY_ATTEMPTS_MAX)
        throw error
      await sleep(COPY_RETRY_MS)
    }
  }
  return {
    url: urlOfDatabase(serverUrl, name),
    drop: async () => {
      await runAsAdmin(serverUrl, `drop database if exists ${name} with (force)`)
    },
  }
}

/** Gives the test file that calls it a database of its own. */
export function useTestDatabase(): { readonly url: string } {
  return useResource(createTestDatabase, (database) => database.drop())
}
