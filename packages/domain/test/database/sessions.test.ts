import { useTestDatabase } from '@jumun/test-kit/test-database'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { type Outbox, openOutbox } from '../../src/delivery/outbox.ts'

const database = useTestDatabase()

/** Runs statements over the connections of one pool. */
interface Sessions {
  execute(statement: string): Promise<Record<string, string>[]>
  close(): Promise<void>
}

async function openMapper(url: string): Promise<Sessions> {
  const mapper: Database = await openDatabase({ url })
  return { execute: (statement) => mapper.em.execute(statement), close: () => mapper.close(true) }
}

async function openQueue(url: string): Promise<Sessions> {
  const outbox: Outbox = openOutbox({ url, maintain: false })
  await outbox.start()
  return {
    execute: async (statement) => (await outbox.getDb().executeSql(statement)).rows,
    close: () => outbox.stop({ graceful: false }),
  }
}

const pools = { mapper: openMapper, outbox: openQueue }
const timeouts = {
  mapper: { statement_timeout: '15s', lock_timeout: '1400ms', idle_in_transaction_session_timeout: '10s' },
  outbox: { statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '10s' },
}
const poolNames = ['mapper', 'outbox'] as const

/** Parameters that an operator may add to DATABASE_URL. They must not replace the timeouts. */
const ADDRESSES = ['', '?options=-c%20search_path%3Dpublic', '?application_name=shop&sslmode=disable']

test.each(poolNames.flatMap((pool) => ADDRESSES.map((query) => ({ pool, query }))))(
  "sessions of the $pool have timeouts for statements, locks and idle transactions if DATABASE_URL ends in '$query'",
  async ({ pool, query }) => {
    const sessions = await pools[pool](database.url + query)
    try {
      for (const [setting, value] of Object.entries(timeouts[pool])) {
        expect(await sessions.execute(`show ${setting}`)).toEqual([{ [setting]: value }])
      }
    } finally {
      await sessions.close()
    }
  },
)

let mapper: Sessions
beforeAll(async () => {
  mapper = await openMapper(database.url)
})
afterAll(() => mapper.close())

test.each(poolNames)(
  'the %s refuses a connection without TLS if sslmode in DATABASE_URL requires TLS',
  async (pool) => {
    expect(await mapper.execute('show ssl')).toEqual([{ ssl: 'off' }])
    const call = async () => {
      const sessions = await pools[pool](`${database.url}?sslmode=verify-full`)
      await sessions.execute('select 1').finally(sessions.close)
    }
    await expect(call()).rejects.toThrow('does not support SSL')
  },
)
