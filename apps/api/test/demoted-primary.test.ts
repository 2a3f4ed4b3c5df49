import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer, urlOfDatabase } from '@jumun/test-kit/on-server'
import { createTestDatabase, type TestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { exampleInput, requiredRole, servedNames } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newFixture } from '../test-support/fixtures.ts'
import { timedCall } from '../test-support/transports.ts'

let api: TestApi
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  api = await startTestApi(database.url, { settings: { ALLOW_SELF_CHARGE: 'true' } })
})
afterAll(async () => {
  await api.close()
  await database.drop()
})

/** Makes new sessions read-only. Over another database, because this one cannot be altered then. */
function demote(on: string) {
  const name = new URL(database.url).pathname.slice(1)
  const statement = `alter database ${name} set default_transaction_read_only = ${on}`
  return onServer(urlOfDatabase(database.url, 'postgres'), statement)
}

test('every call to a demoted primary fails with UNAVAILABLE, and none with INTERNAL; calls succeed again when it is promoted', async () => {
  const ids = await newFixture(api)
  const call = async (name: (typeof servedNames)[number]) => {
    const token = await api.token(ids.memberId, requiredRole(name))
    return (await timedCall({ url: api.url, via: 'REST', name, input: exampleInput(name, ids), token })).reply
  }
  await demote('on')
  // Other sessions are read-only from their start. PostgreSQL reports this to the session, whose pool then drops all.
  await api.services.em.fork().execute('set default_transaction_read_only = on')
  for (const name of servedNames) expectProblem(await call(name), 'UNAVAILABLE')
  expect(JSON.stringify(api.log)).not.toContain('INTERNAL')
  await demote('off')
  const read = async () => expect((await call('product.byId')).status).toBe(200)
  await vi.waitFor(read, { timeout: scaleByLoad(5_000) })
})
