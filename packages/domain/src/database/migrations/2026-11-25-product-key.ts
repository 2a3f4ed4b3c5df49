import { Migration } from '@mikro-orm/migrations'

/** The shop's own key of a product. */
export default class ProductKey extends Migration {
  override up(): void {
    this.addSql('alter table "product" add column "key" varchar(64) null')
    this.addSql(
      `comment on column "product"."key" is 'The shop''s own id of it, such as a SKU; creating the same key again changes nothing'`,
    )
    this.addSql(`alter table "product" add constraint "product_key_check" check (key <> '')`)
    this.addSql('create unique index product_key_unique on product (key) where key is not null')
  }

  override down(): void {
    this.addSql('alter table "product" drop column "key"')
  }
}
