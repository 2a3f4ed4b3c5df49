import type { DatabaseSync } from 'node:sqlite'
import type { Change } from '@jumun/contract'
import type { Cluster } from '../cluster/cluster.ts'
import { factsOf } from '../readers/facts.ts'

const PAGE_ROWS = 10_000

/** The committed changes, and the facts by which they are compared with what the readers got. */
export const FEED_TABLES = `
  create table stored_changes (
    position integer primary key, id text unique, type text, subject text, value integer, amount integer, reason text
  ) strict;
  create index stored_changes_by_subject on stored_changes (subject, position);
  create index received_by_id on received (id, reader);
`

/**
 * Sorts the changes into a table by the first tick that sees their transaction. It looks for the tick of each row. The API does the reverse
 * and looks for the rows of each tick, so the two check each other.
 */
const SORT_CHANGES = [
  'create index on feed_tick (pg_snapshot_xmax(snapshot), number)',
  `create table chaos_change as
    select row_number() over (order by tick, change.id, number)::int as position, event
      from change left join lateral (
        select tick.number as tick from feed_tick tick
         where pg_snapshot_xmax(snapshot) > xid and pg_visible_in_snapshot(xid, snapshot)
         order by pg_snapshot_xmax(snapshot), tick.number limit 1
      ) as first on true
      cross join lateral json_array_elements(events) with ordinality as one (event, number)`,
  'create index on chaos_change (position)',
]

/** Copies the changes that the database has, in the order of the feed. */
export async function collectFeed({ postgres }: Cluster, db: DatabaseSync): Promise<void> {
  for (const statement of SORT_CHANGES) await postgres.sql(statement)
  const insert = db.prepare('insert into stored_changes values (?, ?, ?, ?, ?, ?, ?)')
  for (let after: number | undefined = 0; after !== undefined; ) {
    const rows: { position: number; event: Change }[] = await postgres.sql<{ position: number; event: Change }>(
      `select position, event from chaos_change where position > $1 order by position limit ${PAGE_ROWS}`,
      [after],
    )
    for (const { position, event } of rows) {
      const { id, type, subject, value, amount, reason } = factsOf(event)
      insert.run(position, id, type, subject, value, amount, reason)
    }
    after = rows.at(-1)?.position
  }
}
