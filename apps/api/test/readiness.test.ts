import { useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test, vi } from 'vitest'

const api = useApi()

async function readiness(url: string) {
  const started = performance.now()
  const response = await fetch(`${url}/readyz`)
  return { status: response.status, body: await response.json(), ms: performance.now() - started }
}

test('an API with a migrated database is ready', async () => {
  expect(await readiness(api.url)).toMatchObject({ status: 200, body: { status: 'ok' } })
})

test('an API is not ready while a migration is missing', async () => {
  const { url, services } = api
  const { em } = services
  const [last] = await em.execute<[{ id: number; name: string }]>(
    'delete from mikro_orm_migrations where id = (select max(id) from mikro_orm_migrations) returning id, name',
  )
  expect(await readiness(url)).toMatchObject({ status: 503, body: { status: 'unavailable' } })
  await em.execute('insert into mikro_orm_migrations (id, name) values (?, ?)', [last.id, last.name])
  expect((await readiness(url)).status).toBe(200)
})

test('the readiness check responds within 3 seconds also when the database does not respond', async () => {
  const { url, services } = api
  const getPending = vi.spyOn(services.database.migrator, 'getPending').mockReturnValue(new Promise(() => {}))
  onTestFinished(() => getPending.mockRestore())
  const { status, ms } = await readiness(url)
  expect(status).toBe(503)
  expect(ms).toBeLessThan(scaleByLoad(3_500))
})
