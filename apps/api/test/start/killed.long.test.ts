import type { OrderView } from '@jumun/contract'
import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runPrintedCommand, type Shop, signalGroup, startShop, stopShop } from '../../test-support/npm-start.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

test('after kill -9 of the script, or of its whole process group, the next start has every order, and no orphan remains', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished)
  const orders: OrderView[] = []
  for (const kill of [
    (shop: Shop) => shop.program.process.kill('SIGKILL'),
    (shop: Shop) => signalGroup(shop, 'SIGKILL'),
  ]) {
    const shop = await startShop(dataDir)
    const order = await runPrintedCommand(shop)
    orders.unshift(order)
    // The relay that was killed had the lease of the cursor for ten seconds.
    await vi.waitFor(async () => expect(await platformStatus(shop, order.id)).toBe(200), {
      timeout: scaleByLoad(15_000),
    })
    kill(shop)
    await shop.program.end
    // The platform ends when its parent has ended. The database server keeps running until the next start.
    await vi.waitFor(async () => expect(await platformStatus(shop, order.id)).toBeUndefined(), {
      timeout: scaleByLoad(5_000),
    })
  }
  const shop = await startShop(dataDir)
  expect(await shop.get('/api/order?memberId=demo')).toMatchObject({ items: orders })
  for (const { id } of orders) expect(await platformStatus(shop, id)).toBe(200)
  await stopShop(shop)
})

/** The status with which the data platform answers a request for an order; undefined when it does not run. */
function platformStatus({ platformUrl }: Shop, orderId: string): Promise<number | undefined> {
  return fetch(`${platformUrl}/v1/orders/${orderId}`).then(
    ({ status }) => status,
    () => undefined,
  )
}
