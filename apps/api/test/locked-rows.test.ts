import { useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, test } from 'vitest'
import { exampleInput, type Ids, type ProcedureName } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { newFixture } from '../test-support/fixtures.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { timedCall } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

/** The promised 3 seconds, and time for the HTTP round trip. */
const REPLY_MAX_MS = 3_500

async function timed(name: ProcedureName, ids: Ids) {
  const token = await api.token(ids.memberId, 'admin')
  return timedCall({ url: api.url, via: 'REST', name, input: exampleInput(name, ids), token })
}

interface Row {
  row: string
  table: string
  column: string
  key: (ids: Ids) => string | number
  needed: ProcedureName[]
}

const rows: Row[] = [
  {
    row: 'point account',
    table: 'point_account',
    column: 'member_id',
    key: (ids) => ids.memberId,
    needed: ['point.charge', 'point.use', 'payment.pay', 'order.cancel', 'cart.checkout', 'order.place'],
  },
  {
    row: 'stock',
    table: 'product_stock',
    column: 'product_id',
    key: (ids) => ids.productId,
    needed: ['product.update', 'product.remove', 'order.cancel', 'cart.checkout', 'order.place'],
  },
  {
    row: 'order',
    table: '"order"',
    column: 'id',
    key: (ids) => ids.orderId,
    needed: ['payment.pay', 'order.cancel'],
  },
  {
    row: 'cart',
    table: 'cart',
    column: 'member_id',
    key: (ids) => ids.memberId,
    needed: ['cart.addItem', 'cart.setItem', 'cart.removeItem', 'cart.clear', 'cart.checkout'],
  },
]

const READS: ProcedureName[] = [
  'point.balance',
  'point.history',
  'product.byId',
  'order.byId',
  'order.list',
  'cart.get',
]

/** One fixture for each procedure, so that the calls do not lock each other's rows. */
async function fixturesFor(needed: ProcedureName[]): Promise<{ name: ProcedureName; ids: Ids }[]> {
  return Promise.all(needed.map(async (name) => ({ name, ids: await newFixture(api) })))
}

test.each(rows)(
  'calls that need the locked $row row fail within 3 seconds, and other calls do not wait',
  async ({ table, column, key, needed }) => {
    const locked = await fixturesFor(needed)
    const free = await fixturesFor(needed)
    const lock = await lockRows(
      api,
      table,
      column,
      locked.map(({ ids }) => key(ids)),
    )

    const waiting = locked.map(({ name, ids }) => timed(name, ids))
    await lock.untilBlocked()
    for (const { ids } of locked.slice(0, 1)) {
      for (const name of READS) expect((await timed(name, ids)).reply.status, name).toBe(200)
    }
    for (const { name, ids } of free) {
      const { reply, ms } = await timed(name, ids)
      expect(reply.problem, name).toBeUndefined()
      expect(ms, name).toBeLessThan(scaleByLoad(2_000))
    }
    for (const [index, { reply, ms }] of (await Promise.all(waiting)).entries()) {
      expectProblem(reply, 'UNAVAILABLE')
      expect(ms, needed[index]).toBeLessThan(scaleByLoad(REPLY_MAX_MS))
    }

    await lock.release()
    for (const { name, ids } of locked) expect((await timed(name, ids)).reply.problem, name).toBeUndefined()
  },
)
