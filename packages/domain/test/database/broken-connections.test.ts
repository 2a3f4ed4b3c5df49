import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'
import { createTestDatabase } from '../../test-support/index.ts'
import { onServer } from '../../test-support/on-server.ts'

test('connections that break in the middle of transactions are replaced, and the pool can be closed', async () => {
  const { url, drop } = await createTestDatabase()
  const database = await openDatabase({ url, poolSize: 2 })
  const { em } = database
  const cutOff = () =>
    onServer(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    )
  for (let outage = 0; outage < 3; outage++) {
    const cut = em.fork().transactional(async (em) => {
      await em.execute('select 1')
      await cutOff()
      await em.execute('select 1')
    })
    await expect(cut).rejects.toSatisfy(isDatabaseUnavailable)
    // The pool has another connection meanwhile, and both again a little later.
    expect(await em.fork().execute('select 1 as one')).toEqual([{ one: 1 }])
    await expect
      .poll(
        () =>
          em
            .fork()
            .transactional((one) =>
              em.fork().transactional((two) => Promise.all([one, two].map((em) => em.execute('select 1')))),
            ),
        {
          timeout: 10_000,
        },
      )
      .toHaveLength(2)
  }
  await database.close(true)
  await drop()
})
