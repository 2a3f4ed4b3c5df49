import type { Client } from 'pg'

const MIN_VERSION = 15

/**
 * Checks what no session can set for itself: version, encoding, and whether the database can be written. Throws an
 * error of one line that says what to change.
 */
export async function checkDatabase(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: number; encoding: string; readOnly: boolean }>(
    `select current_setting('server_version_num')::int / 10000 as version, current_setting('server_encoding') as encoding,
       current_setting('transaction_read_only') = 'on' as "readOnly"`,
  )
  for (const { version, encoding, readOnly } of rows) {
    if (version < MIN_VERSION) throw new Error(`PostgreSQL ${MIN_VERSION} or later is needed, and this is ${version}.`)
    if (encoding !== 'UTF8') throw new Error(`The database has the encoding ${encoding}; create one with UTF8.`)
    if (readOnly) throw new Error('The database is read-only: it is a standby, or default_transaction_read_only is on.')
  }
}
