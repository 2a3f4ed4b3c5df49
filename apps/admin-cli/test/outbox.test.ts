import { createJumunClient, type OutboxEvent } from '@jumun/client'
import { beforeAll, expect, test } from 'vitest'
import { useShop } from '../test-support/shop.ts'
import { startTerminal } from '../test-support/terminal.ts'

const shop = useShop()

const REJECTION = 'This fault was asked for: see /faults.'

let productId: number
beforeAll(async () => {
  const created = await shop.json<{ id: number }>('products', 'create', '--name', 'T', '--price', '1', '--stock', '999')
  productId = created.id
  await shop.run('points', 'charge', 'mina', '1000')
})

/** Lists events through the API, without the program. */
async function listed(state: 'dead' | 'waiting'): Promise<OutboxEvent[]> {
  const jumun = createJumunClient({ url: shop.url, token: await shop.token('operator', 'admin') })
  return (await jumun.outbox.list.query({ state })).items
}

/** Places orders and waits until the platform has rejected their events. */
async function rejected(count: number): Promise<string[]> {
  await shop.setFaults({ rejectRate: 1 })
  const jumun = await shop.member('mina')
  const ids: string[] = []
  while (ids.length < count) {
    const { id } = await jumun.order.place.mutate({ memberId: 'mina', items: [{ productId, quantity: 1 }] })
    ids.push(id)
  }
  const tried = async () => (await listed('waiting')).filter(({ reason }) => reason === REJECTION)
  await expect.poll(tried).toHaveLength(count)
  return ids
}

/** Does at once what otherwise takes twenty rejections in three minutes. */
const deadLetterAll = () =>
  // Without an owner, a relay that is sending these events at this moment cannot write its result.
  shop.sql(`with taken as (update feed_consumer set owner = null)
    update undelivered_event set due_at = null, attempts = 20, reason = 'No.'`)

test('dead letters are listed, shown by a dry run, and replayed once', async () => {
  const [first = '', second = ''] = await rejected(3)
  await deadLetterAll()
  const letters = await shop.json<OutboxEvent[]>('outbox', 'list')
  expect(letters).toMatchObject([
    { orderId: first, state: 'dead', type: 'order.paid', version: 1, attempts: 20, reason: 'No.' },
    { orderId: second },
    {},
  ])
  const [one] = letters
  const { stdout } = await shop.run('outbox', 'list', '--limit', '1')
  expect(stdout).toMatch(/^ID +ORDER +TYPE +VERSION +ATTEMPTS +SINCE +REASON\n/)
  expect(stdout).toContain(`${one?.id}  ${first}  order.paid        1        20  ${one?.since}  No.\n`)

  expect(await shop.json('outbox', 'replay', '--all', '--dry-run')).toEqual({ dryRun: true, events: letters })
  expect(await shop.json('outbox', 'replay', first, '--dry-run')).toEqual({ dryRun: true, events: [] })
  expect(await shop.json('outbox', 'replay', one?.id ?? '', '--dry-run')).toEqual({ dryRun: true, events: [one] })
  expect(await listed('dead')).toHaveLength(3)

  await shop.setFaults({})
  const id = one?.id ?? ''
  const replay = await shop.run('outbox', 'replay', id, id.toUpperCase())
  expect(replay).toEqual({ stdout: '1 events were queued to be sent again.\n', stderr: '', exitCode: 0 })
  const again = await shop.run('outbox', 'replay', id)
  expect(again.stdout).toBe('0 events were queued to be sent again.\n')
  expect(again.stderr).toBe('1 of the ids are not dead letters, or no longer.\n')

  await shop.sql(`update undelivered_event set reason = 'unknown sku' where order_id = '${second}'`)
  expect(await shop.json('outbox', 'list', '--reason', 'unknown sku')).toMatchObject([{ orderId: second }])
  expect(await shop.json('outbox', 'list', '--reason', 'unknown')).toEqual([])
  const byReason = ['outbox', 'replay', '--reason', 'unknown sku']
  expect(await shop.json(...byReason, '--dry-run')).toMatchObject({ dryRun: true, events: [{ orderId: second }] })
  expect(await shop.json(...byReason)).toEqual({ replayed: 1, uncertain: 0 })

  // Without a terminal it does not ask.
  expect(await shop.json('outbox', 'replay', '--all')).toEqual({ replayed: 1, uncertain: 0 })
  await expect.poll(() => listed('waiting')).toEqual([])
  expect(await listed('dead')).toEqual([])
})

test('at a terminal it asks before sending all dead letters again', async () => {
  await rejected(2)
  await deadLetterAll()
  await shop.setFaults({})
  const replay = (...args: string[]) =>
    startTerminal(['outbox', 'replay', '--all', ...args], { env: { DATA_DIR: shop.dataDir } })
  const refused = replay()
  await refused.until((text) => text.includes('Send 2 dead letters again? [y/N]'))
  refused.type('n\r')
  expect(await refused.ended).toBe(1)
  expect((await refused.screen()).lines.at(-1)).toBe('error: Nothing was done.')
  expect(await listed('dead')).toHaveLength(2)

  const confirmed = replay('--yes')
  expect(await confirmed.ended).toBe(0)
  expect(confirmed.written()).not.toContain('[y/N]')
  expect(confirmed.written()).toMatch(/\[=+\] 100% 2\/2 events, \d+\/s, 0:00 left/)
  expect((await confirmed.screen()).lines.at(-1)).toBe('2 events were queued to be sent again.')

  const nothing = replay()
  expect(await nothing.ended).toBe(0)
  expect((await nothing.screen()).lines.at(-1)).toBe('0 events were queued to be sent again.')
})

test.each([
  [[], 'error: Give either the ids of dead letters, as listed, or --reason, or --all.\n'],
  [
    ['--all', '019310a4-6f00-7000-8000-000000000001'],
    'error: Give either the ids of dead letters, as listed, or --reason, or --all.\n',
  ],
  [['first'], /^error: The input is not valid\. \(ids\.0: .+\)\n$/],
])('replay %j is wrong usage', async (args, message) => {
  const { stdout, stderr, exitCode } = await shop.run('outbox', 'replay', ...args)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})
