import { startTestApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'

const database = useTestDatabase()

async function open() {
  const api = await startTestApi(database.url)
  onTestFinished(api.close)
  return api
}

async function readiness(url: string) {
  const started = performance.now()
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: await response.json(), ms: performance.now() - started }
}

test('an API with a migrated database is ready', async () => {
  const { url } = await open()
  expect(await readiness(url)).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('an API is not ready while a migration is missing', async () => {
  const { url, services } = await open()
  const { em } = services
  const [last] = await em.execute<[{ id: number; name: string }]>(
    'delete from mikro_orm_migrations where id = (select max(id) from mikro_orm_migrations) returning id, name',
  )
  expect(await readiness(url)).toMatchObject({ status: 503, body: { status: 'unavailable' } })
  await em.execute('insert into mikro_orm_migrations (id, name) values (?, ?)', [last.id, last.name])
  expect((await readiness(url)).status).toBe(200)
})

test('the readiness check responds within 3 seconds also when the database does not respond', async () => {
  const { url, services } = await open()
  services.database.migrator.getPending = () => new Promise(() => {})
  const { status, ms } = await readiness(url)
  expect(status).toBe(503)
  expect(ms).toBeLessThan(scaleByLoad(3_500))
})
