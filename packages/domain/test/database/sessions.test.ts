import { onServer } from '@jumun/test-kit/on-server'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import { CompiledQuery } from 'kysely'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { SessionClient } from '../../src/database/session-client.ts'

const database = useTestDatabase()

/** Runs statements over the connections of one pool. */
interface Sessions {
  execute(statement: string, values?: unknown[]): Promise<Record<string, string>[]>
  inTransaction(statement: string): Promise<Record<string, string>[]>
  close(): Promise<void>
}

async function openMapper(url: string): Promise<Sessions> {
  const mapper: Database = await openDatabase({ url })
  return {
    execute: async (statement, values = []) => {
      const raw = CompiledQuery.raw(statement, values)
      return (await mapper.em.getKysely().executeQuery<Record<string, string>>(raw)).rows
    },
    inTransaction: (statement) => mapper.em.fork().transactional((em) => em.execute(statement)),
    close: () => mapper.close(true),
  }
}

const timeouts = { statement_timeout: '15s', lock_timeout: '1400ms', idle_in_transaction_session_timeout: '10s' }

/** Parameters that an operator may add to DATABASE_URL. They must not replace the timeouts. */
const ADDRESSES = ['', '?options=-c%20search_path%3Dpublic', '?application_name=shop&sslmode=disable']

test.each(ADDRESSES)(
  "sessions of the mapper have timeouts for statements, locks and idle transactions if DATABASE_URL ends in '%s'",
  async (query) => {
    const sessions = await openMapper(database.url + query)
    try {
      for (const [setting, value] of Object.entries(timeouts)) {
        expect(await sessions.inTransaction(`show ${setting}`)).toEqual([{ [setting]: value }])
        const single = `select current_setting('${setting}') as value`
        expect(await sessions.execute(single)).toEqual([{ value }])
        expect(await sessions.execute(`${single}, $1::int as one`, [1])).toEqual([{ value, one: 1 }])
      }
    } finally {
      await sessions.close()
    }
  },
)

test('a session starts with no parameter that a pooler refuses', () => {
  const limits = { statement_timeout: 1, lock_timeout: 1, idle_in_transaction_session_timeout: 1 }
  const client = new SessionClient({ connectionString: database.url, application_name: 'shop', ...limits })
  const allowed = ['DateStyle', 'TimeZone', 'application_name', 'database', 'standard_conforming_strings', 'user']
  expect(Object.keys(client.getStartupConf()).toSorted()).toEqual(allowed)
})

test('the limits of the mapper hold in a session in which another client of a pooler has removed them', async () => {
  const sessions = await openMapper(database.url)
  try {
    await sessions.execute(
      Object.keys(timeouts)
        .map((name) => `set ${name} = 0`)
        .join('; '),
    )
    for (const [setting, value] of Object.entries(timeouts))
      expect(await sessions.inTransaction(`show ${setting}`)).toEqual([{ [setting]: value }])
  } finally {
    await sessions.close()
  }
})

/** Defaults under which the shop must work all the same. */
const ODD_DEFAULTS = {
  DateStyle: 'German, DMY',
  IntervalStyle: 'sql_standard',
  TimeZone: 'Asia/Kolkata',
  standard_conforming_strings: 'off',
  default_transaction_isolation: 'serializable',
  bytea_output: 'escape',
  extra_float_digits: '0',
}

test('the mapper reads ISO times in UTC at READ COMMITTED, in single statements too, if the database has other defaults', async () => {
  const odd = await createTestDatabase()
  onTestFinished(odd.drop)
  const name = new URL(odd.url).pathname.slice(1)
  for (const [setting, value] of Object.entries(ODD_DEFAULTS))
    await onServer(odd.url, `alter database ${name} set ${setting} = '${value}'`)
  const sessions = await openMapper(odd.url)
  try {
    const expected = { isolation: 'read committed', text: '1970-01-01 09:00:00+00', slash: '\\n' }
    const select = `select current_setting('transaction_isolation') as isolation,
        '1970-01-01T09:00Z'::timestamptz::text as text, '\\n' as slash`
    expect(await sessions.execute(select)).toEqual([expected])
    expect(await sessions.execute(`${select}, $1::int as one`, [1])).toEqual([{ ...expected, one: 1 }])
    expect(await sessions.inTransaction(select)).toEqual([expected])
  } finally {
    await sessions.close()
  }
})

let mapper: Sessions
beforeAll(async () => {
  mapper = await openMapper(database.url)
})
afterAll(() => mapper.close())

test('the mapper refuses a connection without TLS if sslmode in DATABASE_URL requires TLS', async () => {
  expect(await mapper.execute('show ssl')).toEqual([{ ssl: 'off' }])
  const call = async () => {
    const sessions = await openMapper(`${database.url}?sslmode=verify-full`)
    await sessions.execute('select 1').finally(sessions.close)
  }
  await expect(call()).rejects.toThrow('does not support SSL')
})
