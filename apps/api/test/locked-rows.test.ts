import { setTimeout as sleep } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { expectProblem } from '../test-support/expect-problem.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { type Names, type ProcedureName, procedureTable } from '../test-support/procedure-table.ts'
import { call, type Reply } from '../test-support/transports.ts'
import { newWorld } from '../test-support/world.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

/** What a caller may have to wait for a row that somebody else does not let go. */
const PATIENCE_MS = 3_500

async function timed(name: ProcedureName, names: Names): Promise<{ reply: Reply; ms: number }> {
  const token = await api.token(names.memberId, 'admin')
  const started = performance.now()
  const reply = await call({ url: api.url, via: 'REST', name, input: procedureTable[name].input(names), token })
  return { reply, ms: performance.now() - started }
}

interface Row {
  row: string
  table: string
  column: string
  key: (names: Names) => string | number
  needed: ProcedureName[]
}

const rows: Row[] = [
  {
    row: 'point account',
    table: 'point_account',
    column: 'member_id',
    key: (names) => names.memberId,
    needed: ['point.charge', 'point.use', 'payment.pay', 'order.cancel', 'cart.checkout', 'order.place'],
  },
  {
    row: 'stock',
    table: 'product_stock',
    column: 'product_id',
    key: (names) => names.productId,
    needed: ['product.update', 'product.remove', 'order.cancel', 'cart.checkout', 'order.place'],
  },
  {
    row: 'order',
    table: '"order"',
    column: 'id',
    key: (names) => names.orderId,
    needed: ['payment.pay', 'order.cancel'],
  },
  {
    row: 'cart',
    table: 'cart',
    column: 'member_id',
    key: (names) => names.memberId,
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

async function worldFor(needed: ProcedureName[]): Promise<{ name: ProcedureName; names: Names }[]> {
  return Promise.all(needed.map(async (name) => ({ name, names: await newWorld(api) })))
}

test.each(rows)(
  'calls that need the $row that somebody holds are told so in time, and nobody else waits',
  async ({ table, column, key, needed }) => {
    const held = await worldFor(needed)
    const free = await worldFor(needed)
    const release = await lockRows(
      api,
      table,
      column,
      held.map(({ names }) => key(names)),
    )

    const waiting = held.map(({ name, names }) => timed(name, names))
    await sleep(100)
    for (const { names } of held.slice(0, 1)) {
      for (const name of READS) expect((await timed(name, names)).reply.status, name).toBe(200)
    }
    for (const { name, names } of free) {
      const { reply, ms } = await timed(name, names)
      expect(reply.problem, name).toBeUndefined()
      expect(ms, name).toBeLessThan(2_000)
    }
    for (const [index, { reply, ms }] of (await Promise.all(waiting)).entries()) {
      expectProblem(reply, 'UNAVAILABLE')
      expect(ms, needed[index]).toBeLessThan(PATIENCE_MS)
    }

    await release()
    for (const { name, names } of held) expect((await timed(name, names)).reply.problem, name).toBeUndefined()
  },
)
