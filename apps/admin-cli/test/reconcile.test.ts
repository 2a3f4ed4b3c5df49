import { createJumunClient } from '@jumun/client'
import { beforeAll, expect, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'
import { startTerminal } from '../test-support/terminal.ts'

const shop = useShop()

let productId: number
beforeAll(async () => {
  const created = await shop.json<{ id: number }>('products', 'create', '--name', 'T', '--price', '1', '--stock', '999')
  productId = created.id
  await shop.run('points', 'charge', 'mina', '1000')
})

/** Places an order that was paid an hour ago. */
async function order(): Promise<string> {
  const jumun = await shop.member('mina')
  const { id } = await jumun.order.place.mutate({ memberId: 'mina', items: [{ productId, quantity: 1 }] })
  await shop.sql(`update "order" set paid_at = paid_at - interval '1 h' where id = '${id}'`)
  return id
}

async function outbox(): Promise<unknown[]> {
  const jumun = createJumunClient({ url: shop.url, token: await shop.token('operator', 'admin') })
  return (await jumun.outbox.list.query({ state: 'waiting' })).items
}

test('an order that the data platform lacks is found, sent again and delivered', async () => {
  const arrived = await order()
  await expect.poll(outbox).toEqual([])
  expect(await shop.json('reconcile')).toMatchObject({ compared: 1, missing: 0, differences: [] })

  await shop.setFaults({ status: 500 })
  const lost = await order()
  // Not while the relay holds the event: it would deliver it once the data platform accepts events again.
  const lose = () =>
    shop.sql(`with idle as (select from feed_consumer where leased_until < now() and reason is not null for update)
      update change set outgoing = 0 where exists (select from idle) and events->0->'data'->'order'->>'id' = '${lost}' returning id`)
  await expect.poll(lose).toHaveLength(1)
  await shop.setFaults({})
  const dry = await shop.run('reconcile', '--dry-run')
  expect(dry.exitCode).toBe(1)
  expect(dry.stderr).toBe('error: 1 orders differ and were not sent again.\n')
  expect(dry.stdout).toMatch(/^COMPARED +FRESH +MISSING +BEHIND +AHEAD +UNKNOWN +RESENT +WAITING +DEAD\n +2 +0 +1 +0 /)
  expect(dry.stdout).toMatch(new RegExp(`\\n${lost} +missing +1 +- +none\\n$`))

  const dryJson = await shop.run('reconcile', '--dry-run', '--json')
  expect(JSON.parse(dryJson.stdout)).toMatchObject({ dryRun: true, missing: 1, resent: 0 })

  const asked = startTerminal(['reconcile'], { env: { DATA_DIR: shop.dataDir } })
  await asked.until((text) => text.includes('Send the data platform the orders that it lacks? [y/N]'))
  asked.type('n\r')
  expect(await asked.ended).toBe(1)
  expect(await outbox()).toEqual([])

  const found = await shop.json('reconcile')
  expect(found).toMatchObject({
    compared: 2,
    missing: 1,
    resent: 1,
    differences: [{ orderId: lost, action: 'resent' }],
  })
  await expect.poll(outbox).toEqual([])
  expect(await shop.json('reconcile')).toMatchObject({ compared: 2, missing: 0 })

  await shop.sql(`update "order" set paid_at = null, expires_at = now(), status = 'EXPIRED' where id = '${arrived}'`)
  const stray = await shop.run('reconcile')
  expect(stray.exitCode).toBe(1)
  expect(stray.stdout).toMatch(new RegExp(`\\n${arrived} +unknown +- +1 +none\\n$`))
})

test('an unreachable data platform is reported', async () => {
  await shop.stopPlatform()
  const { stdout, stderr, exitCode } = await shop.run('reconcile')
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  expect(stderr).toBe('error: The data platform could not be reached. (whether it was done is not known)\n')
})
