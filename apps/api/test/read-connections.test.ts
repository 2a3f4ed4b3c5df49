import type { Database } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { exampleInput, type ProcedureName } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newFixture } from '../test-support/fixtures.ts'
import { call } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const READS = ['product.list', 'product.byId', 'popular.products', 'order.list', 'point.history'] as const
const CHANGES = ['order.place', 'order.cancel', 'point.charge', 'cart.addItem'] as const

/** Runs `work` while every connection of a pool is in a transaction. */
async function whileExhausted<Result>(em: Database['em'], work: () => Promise<Result>): Promise<Result> {
  const pool = await em.getConnection().getNativeClient()
  const clients = await Promise.all(Array.from({ length: pool.options.max ?? 0 }, () => pool.connect()))
  try {
    return await work()
  } finally {
    for (const client of clients) client.release()
  }
}

async function callAll(names: readonly ProcedureName[]) {
  const ids = await newFixture(api)
  const token = await api.token(ids.memberId)
  return () =>
    Promise.all(names.map((name) => call({ url: api.url, via: 'tRPC', name, input: exampleInput(name, ids), token })))
}

test('lists, searches and popular products do not use the connections of orders, and answer UNAVAILABLE when theirs are exhausted', async () => {
  const [read, change] = [await callAll(READS), await callAll(CHANGES)]
  await whileExhausted(api.services.reads, async () => {
    const [reads, changes] = await Promise.all([read(), change()])
    for (const reply of reads) expectProblem(reply, 'UNAVAILABLE')
    expect(changes.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })
  await whileExhausted(api.services.em, async () => {
    expect((await read()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })
})

test('statements of lists, searches and popular products end after 5 seconds', async () => {
  const shown = await api.services.reads.execute('show statement_timeout')
  expect(shown).toEqual([{ statement_timeout: '5s' }])
})
