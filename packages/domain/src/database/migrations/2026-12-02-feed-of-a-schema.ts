import { Migration } from '@mikro-orm/migrations'
import FeedLocks, { advance } from './2026-12-01-feed-locks.ts'

/** Shops in several schemas of one database do not wait for each other to make a tick. */
export default class FeedOfASchema extends Migration {
  override up(): void {
    this.addSql(advance('7201968, hashtext(current_schema())'))
  }

  override down(): void {
    FeedLocks.prototype.up.call(this)
  }
}
