import { Migration } from '@mikro-orm/migrations'

/**
 * A tick is made too when the clock of the database has gone back, as it may after a failover: before, none was made until the clock had
 * reached the last tick again, and neither readers nor the data platform got anything.
 */
export default class FeedClock extends Migration {
  override up(): void {
    this.addSql(advance(`last.at between clock_timestamp() - ${INTERVAL} and clock_timestamp()`))
  }

  override down(): void {
    this.addSql(advance(`last.at > clock_timestamp() - ${INTERVAL}`))
  }
}

const INTERVAL = `min_interval_ms * interval '1 millisecond'`

/** As it was created; see there. */
const advance = (
  isRecent: string,
) => `create or replace function feed_advance(min_interval_ms int) returns bigint language plpgsql as $$
  declare
    last feed_tick;
    current_system bigint := (select system_identifier from pg_control_system());
  begin
    select * into strict last from feed_tick order by number desc limit 1;
    if ${isRecent} and last.system = current_system then
      return last.number;
    end if;
    if last.system = current_system and pg_snapshot_xmax(last.snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
      and not exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
      and not exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))))
    then
      return last.number;
    end if;
    perform pg_advisory_xact_lock(7201968);
    select * into strict last from feed_tick order by number desc limit 1;
    if last.system <> current_system or pg_snapshot_xmax(last.snapshot) > pg_snapshot_xmax(pg_current_snapshot()) then
      perform feed_restart(last, current_system);
      return last.number + 1;
    end if;
    insert into feed_tick (number, snapshot, tag, epoch, system)
    select last.number + 1, pg_current_snapshot(), (random() * 2147483647)::int, last.epoch, last.system
     where exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
        or exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))));
    return (select max(number) from feed_tick);
  end $$`
