import { Migration } from '@mikro-orm/migrations'

/** Who changed points and stock, or cancelled an order, and why. No row is rewritten, because the columns have no default. */
export default class ActorsAndReasons extends Migration {
  override up(): void {
    for (const sql of [...points, ...orders, ...adjustments]) this.addSql(sql)
  }

  override down(): void {
    this.addSql('drop table "stock_adjustment"')
    this.addSql('drop function stock_adjustment_append_only_fn')
    this.addSql('alter table "order" drop column "cancelled_by", drop column "cancel_reason"')
    this.addSql('alter table "point_entry" drop column "actor", drop column "reason"')
  }
}

const points = [
  `alter table "point_entry" add column "actor" varchar(64) null, add column "reason" varchar(200) null,
    add constraint "point_entry_reason_check" check (reason <> '' and reason is nfc normalized)`,
  `comment on column "point_entry"."actor" is 'Who did it; null: the member, or an order that was paid at once'`,
]

const orders = [
  `alter table "order" add column "cancelled_by" varchar(64) null, add column "cancel_reason" varchar(200) null,
    add constraint "order_cancelled_by_check" check (cancelled_at is not null or (cancelled_by is null and cancel_reason is null)),
    add constraint "order_cancel_reason_check" check (cancel_reason <> '' and cancel_reason is nfc normalized)`,
  `comment on column "order"."cancelled_by" is 'Who cancelled it; null: the member'`,
]

const adjustments = [
  `create table "stock_adjustment" (
    "id" bigserial primary key,
    "product_id" int not null,
    "delta" bigint not null,
    "stock_after" bigint not null,
    "actor" varchar(64) null,
    "reason" varchar(200) null,
    "created_at" timestamptz(3) not null
  )`,
  `comment on table "stock_adjustment" is 'Append-only: every change of a stock by an admin; a trigger refuses to change or delete one'`,
  `comment on column "stock_adjustment"."actor" is 'Who made it; null: the shop itself'`,
  `create index "stock_adjustment_product_id_index" on "stock_adjustment" ("product_id", "id")`,
  `alter table "stock_adjustment" add constraint "stock_adjustment_stock_check" check (stock_after >= 0 and stock_after >= delta)`,
  `alter table "stock_adjustment" add constraint "stock_adjustment_reason_check" check (reason <> '' and reason is nfc normalized)`,
  `alter table "stock_adjustment" add constraint "stock_adjustment_product_id_foreign" foreign key ("product_id") references "product" ("id") on update no action on delete no action`,
  `create or replace function "stock_adjustment_append_only_fn"() returns trigger as $$ begin raise exception 'stock_adjustment is append-only' using errcode = 'restrict_violation'; end; $$ language plpgsql`,
  `create trigger append_only before update or delete on stock_adjustment for each statement execute function stock_adjustment_append_only_fn()`,
  // The mapper cannot describe a trigger on truncate.
  `create trigger no_truncate before truncate on stock_adjustment for each statement execute function stock_adjustment_append_only_fn()`,
]
