import { Migration } from '@mikro-orm/migrations'
import FeedClock from './2026-11-30-feed-clock.ts'

/**
 * Processes that notice at the same time that the database was restored into another cluster do not deadlock. Each held a lock on the
 * table of changes, only because its statement named the table, while it waited for the one that begins the new epoch and needs the table
 * for itself.
 */
export default class FeedLocks extends Migration {
  override up(): void {
    this.addSql(advance('7201968'))
  }

  override down(): void {
    FeedClock.prototype.up.call(this)
  }
}

/** The function, which makes a tick under an advisory lock with these keys. */
export const advance = (
  lockKeys: string,
) => `create or replace function feed_advance(min_interval_ms int) returns bigint language plpgsql as $$
  declare
    last feed_tick;
    current_system bigint := (select system_identifier from pg_control_system());
  begin
    select * into strict last from feed_tick order by number desc limit 1;
    if last.at between clock_timestamp() - min_interval_ms * interval '1 millisecond' and clock_timestamp() and last.system = current_system then
      return last.number;
    end if;
    -- A condition of its own, because a statement that names a table locks it.
    if last.system = current_system and pg_snapshot_xmax(last.snapshot) <= pg_snapshot_xmax(pg_current_snapshot()) then
      if not exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
        and not exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))))
      then
        return last.number;
      end if;
    end if;
    perform pg_advisory_xact_lock(${lockKeys});
    select * into strict last from feed_tick order by number desc limit 1;
    if last.system <> current_system or pg_snapshot_xmax(last.snapshot) > pg_snapshot_xmax(pg_current_snapshot()) then
      -- Before the table of changes, as the relay does.
      perform from feed_consumer for update;
      perform feed_restart(last, current_system);
      return last.number + 1;
    end if;
    insert into feed_tick (number, snapshot, tag, epoch, system)
    select last.number + 1, pg_current_snapshot(), (random() * 2147483647)::int, last.epoch, last.system
     where exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
        or exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))));
    return (select max(number) from feed_tick);
  end $$`
