import { Migration } from '@mikro-orm/migrations'

/** The living processes of the API, and an index to count dead letters by reason. */
export default class Operations extends Migration {
  override up(): void {
    for (const sql of [...processes, ...deadLetters]) this.addSql(sql)
  }

  override down(): void {
    this.addSql('drop index undelivered_event_dead_index')
    this.addSql('drop table api_process')
  }
}

const processes = [
  `create table "api_process" (
    "id" uuid not null,
    "host" varchar(255) not null,
    "pid" int not null,
    "version" varchar(64) not null,
    "started_at" timestamptz(3) not null,
    "seen_at" timestamptz(3) not null,
    primary key ("id")
  )`,
  `comment on table "api_process" is 'A process of the API that reports every ten seconds'`,
  `comment on column "api_process"."host" is 'Name of its machine'`,
  `comment on column "api_process"."pid" is 'Its process id there'`,
  `comment on column "api_process"."version" is 'Of the release'`,
  `comment on column "api_process"."seen_at" is 'When it last reported'`,
]

const deadLetters = [
  // Events that came from pg-boss may have longer ones than an index takes.
  'update undelivered_event set reason = left(reason, 200) where length(reason) > 200',
  'create index undelivered_event_dead_index on undelivered_event (reason, since, id) where due_at is null',
]
