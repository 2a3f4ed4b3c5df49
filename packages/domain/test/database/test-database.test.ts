import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import { Client } from 'pg'
import { expect, inject, test } from 'vitest'

const database = useTestDatabase()

test('databases that are created concurrently are migrated and independent of each other', async () => {
  const others = await Promise.all(Array.from({ length: 5 }, createTestDatabase))
  const urls = [database.url, ...others.map(({ url }) => url)]
  expect(new Set(urls).size).toBe(6)
  for (const url of urls) {
    const [found] = await onServer(url, 'select count(*)::int as rows from mikro_orm_migrations')
    expect(found.rows).toBeGreaterThan(0)
    await onServer(url, 'create table mine ()')
  }
  for (const other of others) await other.drop()
})

test('a database with an open connection can be dropped, and dropping it twice is no error', async () => {
  const { url, drop } = await createTestDatabase()
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  const statement = client.query('select pg_sleep(20)').catch((error: Error) => error.message)
  await drop()
  await drop()
  await statement
  await expect(onServer(url, 'select 1')).rejects.toThrow('does not exist')
})

test('the template accepts no connections, so that it can always be copied', async () => {
  const { serverUrl, template } = inject('testDatabases')
  const url = new URL(serverUrl)
  url.pathname = `/${template}`
  await expect(onServer(url.href, 'select 1')).rejects.toThrow('not currently accepting connections')
})
