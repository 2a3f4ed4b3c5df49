import type { Client } from 'pg'
import { SESSION_LIMITS } from './limits.ts'
import { ReadOnlyError } from './session-state.ts'

const MIN_VERSION = 15

/**
 * Checks what a session cannot set for itself: version, encoding, whether the database can be written, and whether the limits of
 * transactions take effect. Throws an error of one line that says what to change.
 *
 * @param client a client with the limits of the mapper
 */
export async function checkDatabase(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string; readOnly: boolean }>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding,
       current_setting('transaction_read_only') = 'on' as "readOnly"`,
  )
  for (const { version, encoding, readOnly } of rows) {
    if (version < MIN_VERSION) throw new Error(`PostgreSQL ${MIN_VERSION} or later is needed, and this is ${version}.`)
    if (encoding !== 'UTF8') throw new Error(`The database has the encoding ${encoding}; create one with UTF8.`)
    if (readOnly) throw new ReadOnlyError()
  }
  await checkLimits(client)
}

/** Without limits, an order could be placed after its caller has been told that it was not. */
async function checkLimits(client: Client): Promise<void> {
  await client.query('begin')
  const { rows } = await client.query<{ name: keyof typeof SESSION_LIMITS; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [Object.keys(SESSION_LIMITS)],
  )
  await client.query('commit')
  for (const { name, setting } of rows) {
    if (Number(setting) === SESSION_LIMITS[name]) continue
    throw new Error(
      `${name} is ${setting} inside a transaction that set it to ${SESSION_LIMITS[name]}: ` +
        'a pooler before the database must keep a transaction in one session (pool_mode = transaction or session).',
    )
  }
}
