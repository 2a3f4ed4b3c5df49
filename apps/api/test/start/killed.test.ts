import type { OrderView } from '@jumun/contract'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pasteCommand, type Shop, signalGroup, startShop, stopShop } from '../../test-support/shop.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

test('after kill -9 of everything, or of the script alone, it starts again with every order, and leaves no orphan', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  const orders: OrderView[] = []
  for (const kill of [
    (shop: Shop) => shop.program.process.kill('SIGKILL'),
    (shop: Shop) => signalGroup(shop, 'SIGKILL'),
  ]) {
    const shop = await startShop(dataDir)
    const order = await pasteCommand(shop)
    orders.unshift(order)
    await vi.waitFor(async () => expect(await platformStatus(shop, order.id)).toBe(200), { timeout: 2_000 })
    kill(shop)
    await shop.program.end
    // The platform notices that its parent is gone; the database waits for the next start.
    await vi.waitFor(async () => expect(await platformStatus(shop, order.id)).toBeUndefined(), { timeout: 5_000 })
  }
  const shop = await startShop(dataDir)
  expect(await shop.get('/api/order?memberId=demo')).toMatchObject({ items: orders })
  for (const { id } of orders) expect(await platformStatus(shop, id)).toBe(200)
  await stopShop(shop)
})

/** What the data platform answers when it is asked for an order; undefined when it does not run. */
function platformStatus({ platformUrl }: Shop, orderId: string): Promise<number | undefined> {
  return fetch(`${platformUrl}/v1/orders/${orderId}`).then(
    ({ status }) => status,
    () => undefined,
  )
}
