import { spawnSync } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pasteCommand, startShop, stopShop } from '../../test-support/shop.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

const READY_MAX_MS = 10_000

/** How many times longer everything takes because more wants to run on this machine than can. */
const busyness = () => Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

const ORDINARY_USER = 65_534
const AS_ORDINARY_USER = ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups']
const canChangeUser =
  process.getuid?.() === 0 &&
  [
    ['setpriv', '--version'],
    ['id', '-un', String(ORDINARY_USER)],
  ].every(([command = '', ...args]) => spawnSync(command, args).status === 0)

const accounts: { account: string; under: string[]; owner?: number }[] = [
  { account: 'whoever runs the tests', under: [] },
  ...(canChangeUser ? [{ account: 'an ordinary user', under: AS_ORDINARY_USER, owner: ORDINARY_USER }] : []),
]

test.each(accounts)(
  'started by $account, it shows how to place an order, which the data platform has a second later',
  async ({ under, owner }) => {
    const dataDir = await temporaryDataDir(onTestFinished, owner === undefined ? {} : { owner })
    // As at the first start, nothing is compiled yet.
    const shop = await startShop(dataDir, { under, env: { NODE_DISABLE_COMPILE_CACHE: '1' } })
    expect(shop.readyAfterMs).toBeLessThan(READY_MAX_MS * busyness())
    const order = await pasteCommand(shop)
    expect(order).toMatchObject({ status: 'PAID', memberId: 'demo' })
    await vi.waitFor(
      async () => {
        const response = await fetch(`${shop.platformUrl}/v1/orders/${order.id}`)
        expect(await response.json()).toMatchObject({ orderId: order.id, type: 'order.paid', order })
      },
      { timeout: 1_000, interval: 25 },
    )
    await stopShop(shop)
    expect(shop.program.stdout).toContain('Stopped.')
    expect(shop.program.stderr).toBe('')
  },
)
