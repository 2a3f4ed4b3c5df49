import { spawnSync } from 'node:child_process'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runPrintedCommand, startShop, stopShop } from '../../test-support/npm-start.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const READY_MAX_MS = 10_000

const ORDINARY_USER = 65_534
const AS_ORDINARY_USER = ['setpriv', `--reuid=${ORDINARY_USER}`, `--regid=${ORDINARY_USER}`, '--clear-groups']
const canChangeUser =
  process.getuid?.() === 0 &&
  [
    ['setpriv', '--version'],
    ['id', '-un', String(ORDINARY_USER)],
  ].every(([command = '', ...args]) => spawnSync(command, args).status === 0)

const accounts: { account: string; under: string[]; owner?: number; settings?: Record<string, string> }[] = [
  {
    account: 'the user who runs the tests with MOCK_DATA_PLATFORM_PORT=0',
    under: [],
    settings: { MOCK_DATA_PLATFORM_PORT: '0' },
  },
  ...(canChangeUser ? [{ account: 'an ordinary user', under: AS_ORDINARY_USER, owner: ORDINARY_USER }] : []),
]

test.each(accounts)(
  'npm start by $account prints a command that places an order, and the data platform has the order within a second',
  async ({ under, owner, settings }) => {
    const dataDir = await temporaryDataDir(onTestFinished, owner === undefined ? {} : { owner })
    // A first start has no compile cache.
    const shop = await startShop(dataDir, { under, env: { NODE_DISABLE_COMPILE_CACHE: '1', ...settings } })
    expect(shop.readyAfterMs).toBeLessThan(scaleByLoad(READY_MAX_MS))
    const order = await runPrintedCommand(shop)
    expect(order).toMatchObject({ status: 'PAID', memberId: 'demo' })
    await vi.waitFor(
      async () => {
        const response = await fetch(`${shop.platformUrl}/v1/orders/${order.id}`)
        expect(await response.json()).toMatchObject({ orderId: order.id, type: 'order.paid', order })
      },
      { timeout: scaleByLoad(1_000), interval: 25 },
    )
    await stopShop(shop)
    expect(shop.program.stdout).toContain('Stopped.')
    expect(shop.program.stderr).toBe('')
  },
)
