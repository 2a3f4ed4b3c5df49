import { Migration } from '@mikro-orm/migrations'

/** An index to count the unpaid orders of a member by. */
export default class UnpaidOrders extends Migration {
  override up(): void {
    this.addSql(`create index order_unpaid_index on "order" (member_id) where status = 'PENDING_PAYMENT'`)
  }

  override down(): void {
    this.addSql('drop index order_unpaid_index')
  }
}
