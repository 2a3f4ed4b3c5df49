import { Migration } from '@mikro-orm/migrations'

/** What sold by hour and product, how far that has been counted, and the indexes to count the rest by. */
export default class Popular extends Migration {
  override up(): void {
    this.addSql(`create table "popular_hour" (
      "hour" timestamptz(0) not null,
      "product_id" int not null,
      "sold" bigint not null,
      primary key ("hour", "product_id")
    )`)
    this.addSql(
      `comment on table "popular_hour" is 'Quantities sold by hour and product, of orders paid before the watermark and not cancelled before it'`,
    )
    this.addSql(`comment on column "popular_hour"."hour" is 'Full hour of UTC at which it begins'`)
    this.addSql(
      `comment on column "popular_hour"."product_id" is 'Derived from order lines, so it needs no foreign key'`,
    )
    this.addSql(`create table "popular_state" (
      "id" smallint not null,
      "watermark" timestamptz(3) not null,
      "generation" int not null,
      primary key ("id")
    )`)
    this.addSql(
      `comment on table "popular_state" is 'One row: how far the hours are rolled up; locked by the process that moves it on'`,
    )
    this.addSql(`comment on column "popular_state"."watermark" is 'Every transaction that began before it has ended'`)
    this.addSql(`comment on column "popular_state"."generation" is 'Grows with each rebuild'`)
    this.addSql(`alter table "popular_state" add constraint "popular_state_single_check" check (id = 1)`)
    // Nothing is counted yet: the background work begins with the first order.
    this.addSql(`insert into "popular_state" values (1, '1970-01-01T00:00:00Z', 1)`)
    this.addSql(`create index order_paid_at_index on "order" (paid_at) where paid_at is not null`)
    this.addSql(
      `create index order_cancelled_at_index on "order" (cancelled_at) where cancelled_at is not null and paid_at is not null`,
    )
  }

  override down(): void {
    this.addSql('drop index order_cancelled_at_index')
    this.addSql('drop index order_paid_at_index')
    this.addSql('drop table "popular_state"')
    this.addSql('drop table "popular_hour"')
  }
}
