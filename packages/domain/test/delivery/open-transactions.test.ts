import { useShop } from '@jumun/test-kit/domain-shop'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { expect, test } from 'vitest'
import { startRelay } from '../../src/delivery/relay.ts'
import { useDataPlatform } from './support/data-platform.ts'
import { useEventQueue } from './support/events.ts'

/** Less than the platform's timeout, which an order must not wait for. */
const ORDER_MAX_MS = 4_000
const PLATFORM_TIMEOUT_MS = 5_000

const shop = useShop()
const queue = useEventQueue(shop)
const platform = useDataPlatform()

/** The sessions of this database that have an open transaction, active or idle. */
function findTransactions() {
  return onServer(
    shop.url,
    `select state, query from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        and (xact_start is not null or state in ('idle in transaction', 'idle in transaction (aborted)'))`,
  )
}

test('while the platform hangs, no transaction stays open and no order waits', async () => {
  const [memberId, productId] = [await shop.member(), await shop.product()]
  await platform.setFaults({ hang: true })
  const relay = startRelay({
    em: shop.em,
    platform: { url: platform.url, secret: platform.secret, timeoutMs: scaleByLoad(PLATFORM_TIMEOUT_MS) },
  })
  await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  relay.wake()
  await expect.poll(() => platform.requests.length).toBe(1)
  expect(await queue.waiting()).toMatchObject([{ state: 'active' }])
  for (let check = 0; check < 20; check++) expect(await findTransactions()).toEqual([])

  const started = performance.now()
  await shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  relay.wake()
  expect(performance.now() - started).toBeLessThan(scaleByLoad(ORDER_MAX_MS))
  await platform.recover()
  await relay.stop()
})
