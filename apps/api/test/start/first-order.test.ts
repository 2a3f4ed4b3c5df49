import { spawnSync } from 'node:child_process'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runPrintedCommand, type Shop, startShop, stopShop } from '../../test-support/npm-start.ts'

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

interface Operation {
  parameters?: { in: string; name: string; required?: boolean; schema: { example?: unknown }; example?: unknown }[]
  requestBody: { content: Record<string, { example: unknown }> }
}

/** Sends what the reference shows before anything is typed: the example, with the examples of all parameters. */
async function expectFirstClickToOrder({ url, token }: Shop): Promise<void> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>
  }
  const operation = document.paths['/order']?.['post'] as Operation
  const prefilled = (operation.parameters ?? []).filter(
    ({ schema, example }) => (example ?? schema.example) !== undefined,
  )
  expect(prefilled).toEqual([])
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const body = JSON.stringify(operation.requestBody.content['application/json']?.example)
  for (let clicks = 0; clicks < 2; clicks++) {
    const response = await fetch(`${url}/api/order`, { method: 'POST', headers, body })
    expect([response.status, response.headers.get('idempotent-replayed')]).toEqual([201, null])
  }
}

/** Uses the printed links as their pages would. */
async function expectLinksToSignIn({ url, program }: Shop): Promise<void> {
  const links = [...program.stdout.matchAll(/(?:Shop|Console) +(\S+)#code=(\S+)/g)]
  expect(links.map(([, page]) => page)).toEqual([`${url}/`, `${url}/console`])
  const sessions = links.map(async ([, , code]) => {
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    const response = await fetch(`${url}/session`, { method: 'POST', headers, body: JSON.stringify({ code }) })
    return response.json()
  })
  const common = { signIn: { development: true, provider: false }, selfCharge: true }
  expect(await Promise.all(sessions)).toMatchObject([
    { session: { memberId: 'demo', role: 'member' }, ...common },
    { session: { memberId: 'operator', role: 'admin' }, ...common },
  ])
}

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
    await expectFirstClickToOrder(shop)
    await expectLinksToSignIn(shop)
    await stopShop(shop)
    expect(shop.program.stdout).toContain('Stopped.')
    expect(shop.program.stderr).toBe('')
  },
)
