import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test, vi } from 'vitest'
import {
  runPrintedCommand,
  type Shop,
  signalGroup,
  spawnShop,
  startShop,
  stopShop,
  untilGone,
} from '../../test-support/npm-start.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const SECRETS = ['auth-secret', 'data-platform-secret']

const END = { code: 0, signal: null }

test('every stop signal, sent to the script or to its process group, leaves nothing running and loses nothing', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished)
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
    orders.unshift(await runPrintedCommand(shop))
    expect(await shop.get('/api/order?memberId=demo')).toMatchObject({ items: orders })
    send(shop)
    expect(await shop.program.end).toEqual(END)
    await shop.untilGone()
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

test('an interrupted start leaves nothing running, and the next start succeeds', async () => {
  const dataDir = await temporaryDataDir(onTestFinished)
  for (const afterMs of [300, 900, 1_500]) {
    const { program, platformPort } = await spawnShop(dataDir)
    await sleep(afterMs)
    signalGroup({ program }, 'SIGINT')
    await program.end
    await untilGone(dataDir, [platformPort])
  }
  await stopShop(await startShop(dataDir))
})

test('npm start stops everything also when its terminal is closed', async () => {
  const shop = await startShop(await temporaryClusterDir(onTestFinished))
  shop.program.process.stdout?.destroy()
  shop.program.process.stderr?.destroy()
  signalGroup(shop, 'SIGHUP')
  expect(await shop.program.end).toEqual(END)
  await shop.untilGone()
})
