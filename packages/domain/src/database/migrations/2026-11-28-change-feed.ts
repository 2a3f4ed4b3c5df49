import { Migration } from '@mikro-orm/migrations'

/** The feed of changes, which is the outbox too, in place of the queues of pg-boss. */
export default class ChangeFeed extends Migration {
  override up(): void {
    for (const sql of [...tables, advance, restart, start, moveJobs]) this.addSql(sql)
  }

  override down(): void {
    this.addSql('drop function feed_advance')
    this.addSql('drop function feed_restart')
    for (const table of ['undelivered_event', 'feed_consumer', 'feed_tick', 'change'])
      this.addSql(`drop table ${table}`)
  }
}

const SLOTS = 10

/** The lock under which one process at a time makes a tick. No other advisory lock in this database has this number. */
const TICK_LOCK = 7_201_968

const RANDOM = '(random() * 2147483647)::int'

const tables = [
  `create table "change" (
    "slot" smallint not null default (((EXTRACT(epoch FROM now()))::bigint / 86400) % (${SLOTS})::bigint),
    "id" bigserial not null,
    "xid" xid8 not null default pg_current_xact_id(),
    "at" timestamptz(3) not null default now(),
    "events" json not null,
    "outgoing" int not null,
    primary key ("slot", "id")
  ) partition by list ("slot")`,
  `comment on table "change" is 'The changes of one transaction, written by it: the feed, and the outbox of the data platform'`,
  `comment on column "change"."slot" is 'Day of the row, modulo the number of partitions'`,
  `comment on column "change"."id" is 'Taken after all row locks: sorts the changes of a row'`,
  `comment on column "change"."xid" is 'The transaction'`,
  `comment on column "change"."events" is 'The changes, see Change of the contract'`,
  `comment on column "change"."outgoing" is 'How many of them go to the data platform'`,
  'create index "change_xid_index" on "change" ("xid")',
  ...Array.from(
    { length: SLOTS },
    (_, slot) => `create table "change_${slot}" partition of "change" for values in (${slot})`,
  ),
  `create table "feed_tick" (
    "number" bigint not null,
    "snapshot" pg_snapshot not null,
    "tag" int not null,
    "epoch" int not null,
    "system" bigint not null,
    "at" timestamptz(3) not null default clock_timestamp(),
    primary key ("number")
  )`,
  `comment on table "feed_tick" is 'A mark in the feed: the changes visible in its snapshot, and not in that of the tick before, follow that tick'`,
  `comment on column "feed_tick"."number" is 'One more than the tick before'`,
  `comment on column "feed_tick"."tag" is 'Random; tells it from a lost tick of this number'`,
  `comment on column "feed_tick"."epoch" is 'Grows when the database was restored elsewhere: other transaction ids, other cursors'`,
  `comment on column "feed_tick"."system" is 'Identifier of the PostgreSQL cluster'`,
  `create table "feed_consumer" (
    "name" varchar(32) not null,
    "tick" bigint not null,
    "change_id" bigint not null default '0',
    "done" int not null default 0,
    "attempts" int not null default 0,
    "reason" text null,
    "owner" uuid null,
    "leased_until" timestamptz(3) not null default '-infinity',
    primary key ("name")
  )`,
  `comment on table "feed_consumer" is 'How far a consumer of the feed has come, and which process works for it'`,
  `comment on column "feed_consumer"."tick" is 'The last tick of which everything is done'`,
  `comment on column "feed_consumer"."change_id" is 'Of the changes after that tick: the first row that is not done'`,
  `comment on column "feed_consumer"."done" is 'How many of the events of that row are done'`,
  `comment on column "feed_consumer"."attempts" is 'How often the next events were sent without success'`,
  `comment on column "feed_consumer"."reason" is 'Why the last attempt failed'`,
  `comment on column "feed_consumer"."owner" is 'The process that holds the lease'`,
  `comment on column "feed_consumer"."leased_until" is 'End of the lease'`,
  `create table "undelivered_event" (
    "id" uuid not null,
    "event" json not null,
    "order_id" uuid not null,
    "version" int not null,
    "attempts" int not null default 0,
    "rejections" int not null default 0,
    "reason" text null,
    "since" timestamptz(6) not null default now(),
    "due_at" timestamptz(3) null default now(),
    primary key ("id")
  )`,
  `comment on table "undelivered_event" is 'An event that the data platform did not accept by itself, or that is to be sent again: retried, or a dead letter'`,
  `comment on column "undelivered_event"."event" is 'As it was in the feed'`,
  `comment on column "undelivered_event"."version" is 'Of the order'`,
  `comment on column "undelivered_event"."attempts" is 'How often it was sent without success'`,
  `comment on column "undelivered_event"."rejections" is 'How often the platform rejected it since it last began to wait'`,
  `comment on column "undelivered_event"."reason" is 'Why the last attempt failed'`,
  `comment on column "undelivered_event"."since" is 'Since when it has waited, or been dead'`,
  `comment on column "undelivered_event"."due_at" is 'When to send it again; null for a dead letter'`,
  'create index "undelivered_event_due_at_index" on "undelivered_event" ("due_at")',
  'create index "undelivered_event_order_id_index" on "undelivered_event" ("order_id")',
  'create index "undelivered_event_since_index" on "undelivered_event" ("since", "id")',
]

/**
 * A function, because it needs three snapshots in one round trip: a process that stops between two round trips would hold the lock. In a
 * volatile function of a READ COMMITTED transaction, each statement has a snapshot of its own.
 */
const advance = `create function feed_advance(min_interval_ms int) returns bigint language plpgsql as $$
  declare
    last feed_tick;
    current_system bigint := (select system_identifier from pg_control_system());
  begin
    select * into strict last from feed_tick order by number desc limit 1;
    -- Transaction ids are of one cluster. A database that was restored into another one, or from a physical copy of the files without their
    -- log, has snapshots of ids that are yet to come.
    if last.at > clock_timestamp() - min_interval_ms * interval '1 millisecond' and last.system = current_system then
      return last.number;
    end if;
    if last.system = current_system and pg_snapshot_xmax(last.snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
      and not exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
      and not exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))))
    then
      return last.number;
    end if;
    perform pg_advisory_xact_lock(${TICK_LOCK});
    select * into strict last from feed_tick order by number desc limit 1;
    if last.system <> current_system or pg_snapshot_xmax(last.snapshot) > pg_snapshot_xmax(pg_current_snapshot()) then
      perform feed_restart(last, current_system);
      return last.number + 1;
    end if;
    insert into feed_tick (number, snapshot, tag, epoch, system)
    select last.number + 1, pg_current_snapshot(), ${RANDOM}, last.epoch, last.system
     where exists (select from change where xid >= pg_snapshot_xmax(last.snapshot))
        or exists (select from change where xid = any (array(select pg_snapshot_xip(last.snapshot))));
    return (select max(number) from feed_tick);
  end $$`

/**
 * Keeps what was not delivered, and begins an empty feed. An event may be kept although it was delivered, which the platform recognises by
 * its id: rows that the new cluster wrote before this call have ids that look older than the snapshot.
 */
const restart = `create function feed_restart(last feed_tick, current_system bigint) returns void language plpgsql as $$
  begin
    lock table change in access exclusive mode;
    insert into undelivered_event (id, event, order_id, version)
    select distinct on (event->>'id') (event->>'id')::uuid, event, (event->'data'->'order'->>'id')::uuid, (event->'data'->>'version')::int
      from feed_consumer
      left join feed_tick tick on tick.number = feed_consumer.tick
      left join feed_tick next on next.number = feed_consumer.tick + 1
      join change on outgoing > 0 and (
        tick.snapshot is null or not pg_visible_in_snapshot(xid, tick.snapshot)
        or xid < pg_snapshot_xmax(pg_current_snapshot()) and change.at > now() - interval '1 hour')
      cross join lateral json_array_elements(events) event
     where feed_consumer.name = 'data-platform' and not coalesce(
        pg_visible_in_snapshot(xid, next.snapshot) and not pg_visible_in_snapshot(xid, tick.snapshot) and id < change_id, false)
       and (event->>'type' = 'order.paid' or event->>'type' = 'order.cancelled' and event->'data'->'order'->>'paidAt' is not null)
    on conflict (id) do nothing;
    truncate change;
    delete from feed_tick;
    insert into feed_tick (number, snapshot, tag, epoch, system) values (last.number + 1, '3:3:', ${RANDOM}, last.epoch + 1, current_system);
    update feed_consumer set tick = last.number + 1, change_id = 0, done = 0, attempts = 0, reason = null, owner = null, leased_until = '-infinity';
  end $$`

/** In the snapshot 3:3: no transaction is visible, so that the feed begins with the first change. */
const start = `
  with tick as (
    insert into feed_tick (number, snapshot, tag, epoch, system)
    select 1, '3:3:', ${RANDOM}, 1, system_identifier from pg_control_system() returning number
  )
  insert into feed_consumer (name, tick) select 'data-platform', number from tick`

/** Takes over the events that wait in pg-boss, whose shop was in `public`. Its tables are locked first, so that an older process can add none that would be lost. */
const moveJobs = `do $$ begin
  if current_schema() <> 'public' or to_regclass('pgboss.job') is null then
    return;
  end if;
  lock table pgboss.job in access exclusive mode;
  insert into undelivered_event (id, event, order_id, version, attempts, rejections, reason, since, due_at)
  select distinct on (data->>'id') (data->>'id')::uuid,
      json_build_object('id', data->'id', 'type', data->'type', 'at', data->'occurredAt', 'actor', null,
        'data', json_build_object('order', data->'order', 'version', data->'version')),
      (data->>'orderId')::uuid, (data->>'version')::int, coalesce((data->>'attempts')::int, retry_count),
      coalesce((output->>'rejections')::int, 0), coalesce(data->>'rejection', output->>'reason'), created_on,
      case name when 'data-platform' then now() end
    from pgboss.job where name in ('data-platform', 'data-platform-dead-letters') and state < 'completed'
   order by data->>'id', name;
  drop schema pgboss cascade;
end $$`
