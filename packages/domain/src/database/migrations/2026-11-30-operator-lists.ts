import { Migration } from '@mikro-orm/migrations'

/** Indexes for what operators list: orders by status, members by the first characters of their ids, and removed products. */
export default class OperatorLists extends Migration {
  override up(): void {
    // Most orders are paid at once. They cost nothing here.
    this.addSql(`create index order_not_paid_index on "order" (id) where status <> 'PAID'`)
    // The database may have a collation in which a range of ids is no range of first characters. Without the balance, so
    // that changing it touches no index.
    this.addSql('create index point_account_prefix_index on point_account (member_id collate "C")')
    this.addSql('create index product_removed_index on product (id) where removed_at is not null')
  }

  override down(): void {
    this.addSql('drop index order_not_paid_index')
    this.addSql('drop index point_account_prefix_index')
    this.addSql('drop index product_removed_index')
  }
}
