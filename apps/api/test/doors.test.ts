import type { ProblemCode } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { procedures } from '../src/procedures/index.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { type ProcedureName, procedureNames, procedureTable } from '../test-support/procedure-table.ts'
import { call, type Transport, transports } from '../test-support/transports.ts'
import { everythingStored, newMember, newWorld } from '../test-support/world.ts'

const api = useApi()
const generous = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const cases = procedureNames.flatMap((name) => transports.map((via) => ({ name, via, who: procedureTable[name].who })))
const those = (...who: string[]) => cases.filter((one) => who.includes(one.who))

async function attempt(name: ProcedureName, via: Transport, token: string | undefined, shop = api) {
  const names = await newWorld(shop)
  const before = await everythingStored(shop)
  const input = procedureTable[name].input(names)
  const reply = await call({ url: shop.url, via, name, input, token })
  return { reply, names, unchanged: async () => expect(await everythingStored(shop)).toEqual(before) }
}

async function expectRefused(name: ProcedureName, via: Transport, token: string | undefined, code: ProblemCode) {
  const { reply, unchanged } = await attempt(name, via, token)
  expectProblem(reply, code)
  await unchanged()
}

test('every procedure of the router has its entry in the table, and no other', () => {
  const inRouter = Object.entries(procedures).flatMap(([group, record]) =>
    Object.entries(record).map(([name, { _def }]) => [`${group}.${name}`, _def.type]),
  )
  const inTable = procedureNames.map((name) => [name, procedureTable[name].type])
  expect(inTable.toSorted()).toEqual(inRouter.toSorted())
})

test.each(those('member', 'owner', 'admin', 'self-charge'))('$name over $via needs a token', async ({ name, via }) => {
  await expectRefused(name, via, undefined, 'UNAUTHENTICATED')
})

test.each(those('anyone'))('$name over $via needs no token', async ({ name, via }) => {
  const { reply } = await attempt(name, via, undefined)
  expect(reply.status).toBe(200)
})

test.each(those('member', 'self-charge'))('$name over $via is not for another member', async ({ name, via }) => {
  await expectRefused(name, via, await api.token(await newMember(api)), 'FORBIDDEN')
})

test.each(those('admin'))('$name over $via is not for members', async ({ name, via }) => {
  await expectRefused(name, via, await api.token(await newMember(api)), 'FORBIDDEN')
})

test.each(those('owner'))("$name over $via does not tell another member's order from none", async ({ name, via }) => {
  const token = await api.token(await newMember(api))
  const { reply, names, unchanged } = await attempt(name, via, token)
  expectProblem(reply, 'ORDER_NOT_FOUND')
  await unchanged()

  const orderId = '019310a4-6f00-7000-8000-000000000001'
  const none = await call({ url: api.url, via, name, input: { orderId }, token })
  const blank = (text: string, id: string) => text.replaceAll(id, 'ID').replace(/"requestId":"[^"]+"/, '')
  expect(blank(reply.text, names.orderId)).toBe(blank(none.text, orderId))
})

test.each(those('self-charge'))(
  '$name over $via is not for members themselves unless a setting says so',
  async ({ name, via }) => {
    const names = await newWorld(api)
    const input = procedureTable[name].input(names)
    const before = await everythingStored(api)
    const reply = await call({ url: api.url, via, name, input, token: await api.token(names.memberId) })
    expectProblem(reply, 'FORBIDDEN')
    expect(await everythingStored(api)).toEqual(before)
  },
)

test.each(those('self-charge'))(
  '$name over $via is for members themselves where a setting says so',
  async ({ name, via }) => {
    const names = await newWorld(generous)
    const input = procedureTable[name].input(names)
    const url = generous.url
    expect((await call({ url, via, name, input, token: await generous.token(names.memberId) })).status).toBe(200)
    expectProblem(await call({ url, via, name, input, token: await generous.token('somebody-else') }), 'FORBIDDEN')
  },
)

test.each(those('member', 'owner'))('$name over $via is for the member', async ({ name, via }) => {
  const names = await newWorld(api)
  const token = await api.token(names.memberId)
  const reply = await call({ url: api.url, via, name, input: procedureTable[name].input(names), token })
  expect(reply.problem).toBeUndefined()
})

test.each(cases)('$name over $via is for admins', async ({ name, via }) => {
  const { reply } = await attempt(name, via, await api.token('operator', 'admin'))
  expect(reply.problem).toBeUndefined()
})
