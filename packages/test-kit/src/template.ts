import { randomBytes } from 'node:crypto'
import { migrateDatabase } from '@jumun/domain'
import { escapeIdentifier } from 'pg'
import { onServer, urlOfDatabase } from './on-server.ts'

/** A migrated database that tests copy. */
export interface Template {
  name: string
  /** Drops it and all of its copies; open connections are ended. */
  dropWithCopies(): Promise<void>
}

/**
 * Creates a database with a name that no other test run has and migrates it. Then closes it to connections, because
 * PostgreSQL copies a database only while nothing is connected to it.
 */
export async function createTemplate(serverUrl: string): Promise<Template> {
  const name = `jumun_test_${randomBytes(6).toString('hex')}`
  const dropWithCopies = async () => {
    const found = await onServer(serverUrl, 'select datname from pg_database where starts_with(datname, $1)', [name])
    for (const { datname } of found)
      await onServer(serverUrl, `drop database ${escapeIdentifier(datname)} with (force)`)
  }
  await onServer(serverUrl, `create database ${name}`)
  try {
    await migrateDatabase(urlOfDatabase(serverUrl, name))
    await onServer(serverUrl, `alter database ${name} with allow_connections false`)
  } catch (error) {
    await dropWithCopies()
    throw error
  }
  return { name, dropWithCopies }
}
