import type { EventEmitter } from 'node:events'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import { expect, test } from 'vitest'
import { DatabaseServers } from '../../src/database/database-servers.ts'
import { openDatabase } from '../../src/database/orm.ts'
import { SessionClient } from '../../src/database/session-client.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'

const shared = useTestDatabase()

test('the pool replaces connections that break during transactions, and can be closed', async () => {
  const { url, drop } = await createTestDatabase()
  const database = await openDatabase({ url, poolSize: 2 })
  const { em } = database
  for (let outage = 0; outage < 3; outage++) {
    const interrupted = em.fork().transactional(async (em) => {
      const [session] = await em.execute<[{ pid: number }]>('select pg_backend_pid() as pid')
      await onServer(url, 'select pg_terminate_backend($1)', [session.pid])
      await em.execute('select 1')
    })
    await expect(interrupted).rejects.toSatisfy(isDatabaseUnavailable)
    // The pool uses its other connection at once, and has both again after it released the broken one.
    expect(await em.fork().execute('select 1 as one')).toEqual([{ one: 1 }])
    await expect
      .poll(
        () =>
          em
            .fork()
            .transactional((one) =>
              em.fork().transactional((two) => Promise.all([one, two].map((em) => em.execute('select 1')))),
            ),
        { timeout: scaleByLoad(10_000) },
      )
      .toHaveLength(2)
  }
  await database.close(true)
  await drop()
})

test('a session that the server ends as soon as it has begun fails its caller, and not the process', async () => {
  const client = new SessionClient({ servers: new DatabaseServers(shared.url) })
  const { connection } = client as unknown as { connection: EventEmitter }
  const ended = Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' })
  // As when both messages arrive together: nobody has been told of the connection yet.
  client.once('connect', () => connection.emit('errorMessage', ended))
  await expect(client.connect()).rejects.toBe(ended)
})
