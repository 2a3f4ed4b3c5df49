import { useShop } from '@jumun/test-kit/domain-shop'
import { waitFor } from '@jumun/test-kit/wait-for'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { addToCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'

const shop = useShop()

test('a checkout that started before the first addition to a cart does not remove the added item', async () => {
  const productId = await shop.product()
  const memberId = await shop.member()
  const other = new Client({ connectionString: shop.url })
  await other.connect()
  // Blocks the checkout after it locked the cart, which has no row yet, and before it reads the items.
  await other.query('begin; lock table idempotency_record in access exclusive mode')
  const checkout = checkoutCart(shop.em, { memberId, idempotencyKey: 'early' })
  const refused = expect(checkout).rejects.toMatchObject({ code: 'CART_EMPTY' })
  await waitFor(() => hasLockWaiter(other))
  await addToCart(shop.em, { memberId, productId, quantity: 2 })
  await other.query('commit')
  await other.end()

  await refused
  expect((await readCart(shop.em, memberId)).items).toMatchObject([{ productId, quantity: 2 }])
})

async function hasLockWaiter(client: Client): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
  )
  return rowCount === 1
}
