import { Migration } from '@mikro-orm/migrations'
import { dropTrigrams, trigramOperators } from '../trigrams.ts'

/** Points with their ledger, products with their stock, orders with their lines, carts, and idempotency records. */
export default class Foundation extends Migration {
  override async up(): Promise<void> {
    const operators = await trigramOperators(this)
    for (const sql of [...points, ...products(operators), ...orders, ...carts, ...idempotency, ...foreignKeys])
      this.addSql(sql)
  }

  override down(): void {
    for (const table of [
      'idempotency_record',
      'cart_item',
      'cart',
      'order_line',
      'point_entry',
      '"order"',
      'point_account',
    ]) {
      this.addSql(`drop table ${table}`)
    }
    this.addSql('drop function point_entry_append_only_fn')
    this.addSql('drop table product_stock')
    this.addSql('drop table product')
    this.addSql(dropTrigrams)
  }
}

const points = [
  `create table "point_account" (
    "member_id" varchar(64) not null,
    "balance" bigint not null,
    "created_at" timestamptz(3) not null default now(),
    primary key ("member_id")
  )`,
  `comment on table "point_account" is 'Prepaid points of a member; the row that is locked while points move'`,
  `comment on column "point_account"."balance" is 'Whole KRW'`,
  `alter table "point_account" add constraint "point_account_balance_check" check (balance >= 0 and balance <= 9007199254740991)`,
  `create table "point_entry" (
    "id" bigserial primary key,
    "member_id" varchar(64) not null,
    "kind" text not null,
    "amount" bigint not null,
    "balance_after" bigint not null,
    "order_id" uuid null,
    "created_at" timestamptz(3) not null
  )`,
  `comment on table "point_entry" is 'Append-only ledger: every change of a balance; a trigger refuses to change or delete an entry'`,
  `comment on column "point_entry"."amount" is 'Signed, whole KRW'`,
  `comment on column "point_entry"."balance_after" is 'Whole KRW'`,
  `create index "point_entry_member_id_index" on "point_entry" ("member_id", "id")`,
  `alter table "point_entry" add constraint "point_entry_order_id_unique" unique ("order_id", "kind")`,
  `alter table "point_entry" add constraint "point_entry_sign_check" check ((kind in ('CHARGE', 'REFUND')) = (amount > 0) and amount <> 0)`,
  `alter table "point_entry" add constraint "point_entry_order_check" check ((kind in ('PAYMENT', 'REFUND')) = (order_id is not null))`,
  `alter table "point_entry" add constraint "point_entry_balance_check" check (balance_after >= 0 and balance_after <= 9007199254740991)`,
  `alter table "point_entry" add constraint "point_entry_kind_check" check ("kind" in ('CHARGE', 'USE', 'PAYMENT', 'REFUND'))`,
  `create or replace function "point_entry_append_only_fn"() returns trigger as $$ begin raise exception 'point_entry is append-only' using errcode = 'restrict_violation'; end; $$ language plpgsql`,
  `create trigger append_only before update or delete on point_entry for each statement execute function point_entry_append_only_fn()`,
  // The mapper cannot describe a trigger on truncate, so this one stands here alone.
  `create trigger no_truncate before truncate on point_entry for each statement execute function point_entry_append_only_fn()`,
]

const products = (trigramOperators: string) => [
  `create table "product" (
    "id" serial primary key,
    "name" varchar(200) not null,
    "price" int not null,
    "created_at" timestamptz(3) not null default now(),
    "removed_at" timestamptz(3) null
  )`,
  `comment on table "product" is 'What is for sale; its stock is a row of its own, so that locking it disturbs no reader and no foreign key'`,
  `comment on column "product"."price" is 'Whole KRW'`,
  `comment on column "product"."removed_at" is 'No longer listed, found or ordered since then'`,
  `create index product_for_sale_index on product (id) where removed_at is null`,
  `create index product_name_index on product using gin (name ${trigramOperators}) where removed_at is null`,
  `alter table "product" add constraint "product_price_check" check (price >= 1 and price <= 1000000000)`,
  `alter table "product" add constraint "product_name_check" check (name <> '')`,
  `create table "product_stock" (
    "product_id" int not null,
    "quantity" bigint not null,
    "received" bigint not null,
    primary key ("product_id")
  )`,
  `comment on table "product_stock" is 'Remaining quantity of a product; the row that is locked while stock moves'`,
  `comment on column "product_stock"."received" is 'Initial stock and every later correction, summed: what orders took from'`,
  `alter table "product_stock" add constraint "product_stock_quantity_check" check (quantity >= 0)`,
  `alter table "product_stock" add constraint "product_stock_received_check" check (received >= quantity)`,
]

const orders = [
  `create table "order" (
    "id" uuid not null,
    "member_id" varchar(64) not null,
    "status" text not null,
    "total" bigint not null,
    "version" int not null,
    "created_at" timestamptz(3) not null,
    "paid_at" timestamptz(3) null,
    "expires_at" timestamptz(3) null,
    "cancelled_at" timestamptz(3) null,
    primary key ("id")
  )`,
  `comment on table "order" is 'An order of one or several products'`,
  `comment on column "order"."total" is 'Whole KRW'`,
  `comment on column "order"."version" is 'Grows with each change of the order'`,
  `comment on column "order"."expires_at" is 'Until when an unpaid order holds its stock'`,
  `create index "order_member_id_index" on "order" ("member_id", "id")`,
  `create index order_expires_at_index on "order" (expires_at) where status = 'PENDING_PAYMENT'`,
  `alter table "order" add constraint "order_total_check" check (total > 0)`,
  `alter table "order" add constraint "order_version_check" check (version > 0)`,
  `alter table "order" add constraint "order_paid_check" check (status <> 'PAID' or paid_at is not null)`,
  `alter table "order" add constraint "order_unpaid_check" check (status in ('PAID', 'CANCELLED') or paid_at is null)`,
  `alter table "order" add constraint "order_pending_check" check (status <> 'PENDING_PAYMENT' or expires_at is not null)`,
  `alter table "order" add constraint "order_cancelled_check" check ((status = 'CANCELLED') = (cancelled_at is not null))`,
  `alter table "order" add constraint "order_status_check" check ("status" in ('PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED'))`,
  `create table "order_line" (
    "order_id" uuid not null,
    "product_id" int not null,
    "name" varchar(200) not null,
    "unit_price" int not null,
    "quantity" int not null,
    primary key ("order_id", "product_id")
  )`,
  `comment on table "order_line" is 'One product of an order, with its name and price as they were when it was ordered'`,
  `comment on column "order_line"."unit_price" is 'Whole KRW'`,
  `alter table "order_line" add constraint "order_line_quantity_check" check (quantity >= 1 and quantity <= 1000)`,
  `alter table "order_line" add constraint "order_line_unit_price_check" check (unit_price > 0)`,
]

const carts = [
  `create table "cart" (
    "member_id" varchar(64) not null,
    "created_at" timestamptz(3) not null default now(),
    primary key ("member_id")
  )`,
  `comment on table "cart" is 'A cart that has been used; the row that is locked while its items change'`,
  `create table "cart_item" (
    "member_id" varchar(64) not null,
    "product_id" int not null,
    "quantity" int not null,
    "added_at" timestamptz(3) not null default now(),
    primary key ("member_id", "product_id")
  )`,
  `comment on table "cart_item" is 'A product in a cart; reserves nothing'`,
  `alter table "cart_item" add constraint "cart_item_quantity_check" check (quantity >= 1 and quantity <= 1000)`,
]

const idempotency = [
  `create table "idempotency_record" (
    "member_id" varchar(64) not null,
    "key" varchar(255) not null,
    "fingerprint" varchar(43) not null,
    "answer" json not null,
    "created_at" timestamptz(3) not null,
    primary key ("member_id", "key")
  )`,
  `comment on table "idempotency_record" is 'The first answer to a call with a key, so that a retry gets it again'`,
  `comment on column "idempotency_record"."fingerprint" is 'SHA-256 of procedure and input, base64url'`,
  `create index "idempotency_record_created_at_index" on "idempotency_record" ("created_at")`,
]

const foreignKeys = [
  `alter table "cart_item" add constraint "cart_item_member_id_foreign" foreign key ("member_id") references "cart" ("member_id") on update no action on delete no action`,
  `alter table "cart_item" add constraint "cart_item_product_id_foreign" foreign key ("product_id") references "product" ("id") on update no action on delete no action`,
  `alter table "point_entry" add constraint "point_entry_member_id_foreign" foreign key ("member_id") references "point_account" ("member_id") on update no action on delete no action`,
  `alter table "point_entry" add constraint "point_entry_order_id_foreign" foreign key ("order_id") references "order" ("id") on update no action on delete no action`,
  `alter table "order_line" add constraint "order_line_order_id_foreign" foreign key ("order_id") references "order" ("id") on update no action on delete no action`,
  `alter table "order_line" add constraint "order_line_product_id_foreign" foreign key ("product_id") references "product" ("id") on update no action on delete no action`,
  `alter table "product_stock" add constraint "product_stock_product_id_foreign" foreign key ("product_id") references "product" ("id") on update no action on delete no action`,
]
