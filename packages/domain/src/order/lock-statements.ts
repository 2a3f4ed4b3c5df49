import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { PointAccount } from '../point/point-account.entity.ts'
import { ProductStock } from '../product/product-stock.entity.ts'

const lockMode = LockMode.PESSIMISTIC_WRITE

/** Built once: building a statement costs more than sending it. */
let built: { accounts: string; stocks: string } | undefined

/**
 * The mapper's statements that lock point accounts and stocks in the order of their keys, and read them as plain rows. `$1` is the array of
 * the keys.
 */
export function lockStatements(em: EntityManager): { accounts: string; stocks: string } {
  built ??= {
    accounts: em
      .createQueryBuilder(PointAccount)
      .select(['memberId', 'balance'])
      .where('member_id = any(?::text[])', [[]])
      .orderBy({ memberId: 'asc' })
      .setLockMode(lockMode)
      .getQuery()
      .replace('?', '$1'),
    stocks: em
      .createQueryBuilder(ProductStock)
      .select(['productId', 'quantity'])
      .where('product_id = any(?::int[])', [[]])
      .orderBy({ productId: 'asc' })
      .setLockMode(lockMode)
      .getQuery()
      .replace('?', '$1'),
  }
  return built
}
