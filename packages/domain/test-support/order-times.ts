import type { Shop } from '@jumun/test-kit/domain-shop'

/** Moves the end of an unpaid order's payment window into the past. */
export async function makeOverdue(shop: Shop, orderId: string): Promise<void> {
  await shop.em.execute(
    `update "order" set expires_at = now() - interval '1 second' where id = ? and status = 'PENDING_PAYMENT'`,
    [orderId],
  )
}
