import { type EntityManager, LockMode } from '@mikro-orm/postgresql'
import { PointAccount } from '../point/point-account.entity.ts'
import { ProductStock } from '../product/product-stock.entity.ts'

/** Built once: building a statement costs more than sending it. */
let built: { accounts: string; stocks: string } | undefined

/**
 * The mapper's statements that lock point accounts and stocks in the order of their keys, and read them as plain rows. `$1` is the array of
 * the keys.
 */
export function lockStatements(em: EntityManager): { accounts: string; stocks: string } {
  if (built) return built
  const accounts = em.createQueryBuilder(PointAccount).select(['memberId', 'balance']).orderBy({ memberId: 'asc' })
  const stocks = em.createQueryBuilder(ProductStock).select(['productId', 'quantity']).orderBy({ productId: 'asc' })
  built = {
    accounts: textOf(accounts.where('member_id = any(?::text[])', [[]]).setLockMode(LockMode.PESSIMISTIC_WRITE)),
    stocks: textOf(stocks.where('product_id = any(?::int[])', [[]]).setLockMode(LockMode.PESSIMISTIC_WRITE)),
  }
  return built
}

function textOf(builder: { getQuery(): string }): string {
  return builder.getQuery().replace('?', '$1')
}
