import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, inject, test } from 'vitest'

const database = useTestDatabase()

test('databases made at the same time are migrated and know nothing of each other', async () => {
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

test('a database is dropped though somebody is connected, and dropping it twice is no error', async () => {
  const { url, drop } = await createTestDatabase()
  const waiting = onServer(url, 'select pg_sleep(20)').catch((error: Error) => error.message)
  await drop()
  await drop()
  await waiting
  await expect(onServer(url, 'select 1')).rejects.toThrow('does not exist')
})

test('nobody can connect to the template, so that it can always be copied', async () => {
  const { serverUrl, template } = inject('testDatabases')
  const url = new URL(serverUrl)
  url.pathname = `/${template}`
  await expect(onServer(url.href, 'select 1')).rejects.toThrow('not currently accepting connections')
})
