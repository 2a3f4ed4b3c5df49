import { useShop } from '@jumun/test-kit/domain-shop'
import { onServer } from '@jumun/test-kit/on-server'
import { expect, test } from 'vitest'
import { startRelay } from '../../src/delivery/relay.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { useEventQueue } from './support/events.ts'

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

/** The sessions of this database that are in a transaction, busy or idle. */
function findTransactions() {
  return onServer(
    shop.url,
    `select state, query from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        and (xact_start is not null or state in ('idle in transaction', 'idle in transaction (aborted)'))`,
  )
}

test('no transaction is open, and no order waits, while the platform hangs', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  await platform.setFaults({ hang: true })
  const relay = startRelay({ outbox: shop.outbox, platform })
  await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  relay.wake()
  await expect.poll(() => platform.requests.length).toBe(1)
  expect(await queue.waiting()).toMatchObject([{ state: 'active' }])
  for (let look = 0; look < 20; look++) expect(await findTransactions()).toEqual([])

  const begun = performance.now()
  await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  relay.wake()
  expect(performance.now() - begun).toBeLessThan(4_000)
  await platform.recover()
  await relay.stop()
})
