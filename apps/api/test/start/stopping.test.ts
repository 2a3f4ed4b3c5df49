import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test, vi } from 'vitest'
import { leftOver } from '../../test-support/left-over.ts'
import { pasteCommand, runShop, type Shop, signalGroup, startShop, stopShop } from '../../test-support/shop.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

const SECRETS = ['auth-secret', 'data-platform-secret']

const END = { code: 0, signal: null }

test('whatever signal stops it, and however, nothing is left running and nothing is lost', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  const orders: unknown[] = []
  const signals: ((shop: Shop) => void)[] = [
    (shop) => signalGroup(shop, 'SIGINT'),
    (shop) => shop.program.process.kill('SIGTERM'),
    (shop) => signalGroup(shop, 'SIGHUP'),
    (shop) => {
      signalGroup(shop, 'SIGINT')
      shop.program.process.kill('SIGINT')
      shop.program.process.kill('SIGTERM')
    },
  ]
  const secrets = new Set<string>()
  for (const send of signals) {
    const shop = await startShop(dataDir)
    for (const name of SECRETS) secrets.add(await readFile(join(dataDir, name), 'utf8'))
    orders.unshift(await pasteCommand(shop))
    expect(await shop.get('/api/order?memberId=demo')).toMatchObject({ items: orders })
    send(shop)
    expect(await shop.program.end).toEqual(END)
    await shop.isGone()
  }
  const shop = await startShop(dataDir)
  expect(await shop.get('/api/order?memberId=demo')).toMatchObject({ items: orders })
  expect(secrets.size).toBe(SECRETS.length)
  const spent = orders.length * 2 * 3_900
  expect(await shop.get('/api/point/demo')).toEqual({ memberId: 'demo', balance: 1_000_000 - spent })
  expect(await shop.get('/api/product?limit=100')).toMatchObject({ items: { length: 20 }, nextCursor: null })
  for (const { id } of orders as { id: string }[]) {
    expect((await fetch(`${shop.platformUrl}/v1/orders/${id}`)).status).toBe(200)
  }
  await stopShop(shop)
})

test('a start that is called off at any moment leaves nothing running, and the next one works', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  for (const afterMs of [300, 900, 1_500]) {
    const { program, platformPort } = await runShop(dataDir)
    await sleep(afterMs)
    signalGroup({ program }, 'SIGINT')
    await program.end
    await vi.waitFor(async () => expect(await leftOver(dataDir, [platformPort])).toEqual([]), { timeout: 8_000 })
  }
  await stopShop(await startShop(dataDir))
})

test('when the terminal is gone it still stops everything', async () => {
  const shop = await startShop(await temporaryDataDir(onTestFinished))
  shop.program.process.stdout?.destroy()
  shop.program.process.stderr?.destroy()
  signalGroup(shop, 'SIGHUP')
  expect(await shop.program.end).toEqual(END)
  await shop.isGone()
})
