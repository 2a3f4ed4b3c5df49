import type { Request } from 'playwright-core'
import { expect, test } from 'vitest'
import { useWeb } from '../../test-support/use-web.ts'

const { api, visit } = useWeb()

const CHARGE = /trpc\/point\.charge/
const keyOf = (request: Request) => /"idempotencyKey":"(\w+)"/.exec(request.postData() ?? '')?.[1]

test('points are charged after a confirmation, once though the reply is lost, and the ledger adds up', async () => {
  const ops = api.client('ops', 'admin')
  await ops.point.charge.mutate({ memberId: 'mina', amount: 1_000 })
  // The browser says that a request failed, and the client repeats it.
  const page = await visit({ memberId: 'ops', role: 'admin', expectedErrors: /ERR_FAILED/ })
  await page.goto('/console/members?prefix=mi')
  await page.getByRole('link', { name: 'mina' }).click()
  await page.getByText('1 entries add up to ₩1,000, which is the balance').waitFor()

  const keys: (string | undefined)[] = []
  await page.route(CHARGE, async (route) => {
    keys.push(keyOf(route.request()))
    if (keys.length > 1) return route.continue()
    // It reaches the server, and the reply is lost.
    await route.fetch()
    await route.abort()
  })
  await page.getByRole('button', { name: 'Charge points' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Points').fill('50000')
  await dialog.getByText('₩51,000').waitFor()
  await dialog.getByLabel('Reason').fill('Goodwill')
  await dialog.getByRole('button', { name: 'Charge points: ₩50,000' }).click()

  await page.getByText('Charged ₩50,000. The balance is ₩51,000.').waitFor()
  await page.getByText('2 entries add up to ₩51,000, which is the balance').waitFor()
  await page.getByText('Goodwill').waitFor()
  expect(keys.length).toBeGreaterThan(1)
  expect(new Set(keys).size).toBe(1)
  expect(await ops.point.balance.query({ memberId: 'mina' })).toMatchObject({ balance: 51_000 })

  // Another operator's charge is shown, and added up, live.
  await ops.point.charge.mutate({ memberId: 'mina', amount: 9_000 })
  await page.getByText('3 entries add up to ₩60,000, which is the balance').waitFor()
})

test('a call whose outcome is unknown is repeated with its key after a reload, and no other one is made', async () => {
  const page = await visit({ memberId: 'ops', role: 'admin' })
  await page.goto('/console/members/jun')
  let isAway = true
  const keys: (string | undefined)[] = []
  await page.route(CHARGE, async (route) => {
    // It never gets an answer.
    if (isAway) return
    keys.push(keyOf(route.request()))
    await route.continue()
  })
  await page.getByRole('button', { name: 'Charge points' }).click()
  await page.getByRole('dialog').getByLabel('Points').fill('700')
  const sent = page.waitForRequest(CHARGE)
  await page.getByRole('dialog').getByRole('button', { name: 'Charge points' }).click()
  const key = keyOf(await sent)
  isAway = false
  await page.reload()
  await page.getByText('Charged ₩700. The balance is ₩700.').waitFor()
  expect(new Set(keys)).toEqual(new Set([key]))
})
