import { setTimeout as sleep } from 'node:timers/promises'
import { useShop } from '@jumun/test-kit/domain-shop'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { addToCart } from '../../src/cart/change-cart.ts'
import { checkoutCart } from '../../src/cart/checkout-cart.ts'
import { readCart } from '../../src/cart/read-cart.ts'

const shop = useShop()

test('a checkout that began before the first item was put in leaves alone what is put in meanwhile', async () => {
  const productId = await shop.product()
  const memberId = await shop.member()
  const other = new Client({ connectionString: shop.url })
  await other.connect()
  // Holds the checkout between its look for the cart and its look into it.
  await other.query('begin; lock table idempotency_record in access exclusive mode')
  const checkout = checkoutCart(shop.em, shop.outbox, { memberId, idempotencyKey: 'early' })
  const refused = expect(checkout).rejects.toMatchObject({ code: 'CART_EMPTY' })
  await waitUntilHeld(other)
  await addToCart(shop.em, { memberId, productId, quantity: 2 })
  await other.query('commit')
  await other.end()

  await refused
  expect((await readCart(shop.em, memberId)).items).toMatchObject([{ productId, quantity: 2 }])
})

async function waitUntilHeld(client: Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    if (rowCount === 1) return
    await sleep(10)
  }
}
