import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, test } from 'vitest'
import { openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'

test('connections that break in the middle of transactions are replaced, and the pool can be closed', async () => {
  const { url, drop } = await createTestDatabase()
  const database = await openDatabase({ url, poolSize: 2 })
  const { em } = database
  for (let outage = 0; outage < 3; outage++) {
    const cut = em.fork().transactional(async (em) => {
      const [session] = await em.execute<[{ pid: number }]>('select pg_backend_pid() as pid')
      await onServer(url, 'select pg_terminate_backend($1)', [session.pid])
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
