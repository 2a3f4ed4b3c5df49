import { type Access, procedures as contract, kindOf, type ProblemCode } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { procedures } from '../src/procedures/index.ts'
import { exampleInput, type ProcedureName, procedureNames } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { databaseState, newFixture, newMember } from '../test-support/fixtures.ts'
import { call, type Transport, transports } from '../test-support/transports.ts'

const api = useApi()
const selfChargeApi = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const cases = procedureNames.flatMap((name) => transports.map((via) => ({ name, via })))
const withAccess = (...access: Access[]) => cases.filter(({ name }) => access.includes(contract[name].access))

async function attempt(name: ProcedureName, via: Transport, token: string | undefined, shop = api) {
  const ids = await newFixture(shop)
  const before = await databaseState(shop)
  const input = exampleInput(name, ids)
  const reply = await call({ url: shop.url, via, name, input, token })
  return { reply, ids, expectUnchanged: async () => expect(await databaseState(shop)).toEqual(before) }
}

async function expectRefused(name: ProcedureName, via: Transport, token: string | undefined, code: ProblemCode) {
  const { reply, expectUnchanged } = await attempt(name, via, token)
  expectProblem(reply, code)
  await expectUnchanged()
}

test('the router and the contract have the same procedures, each of the same type', () => {
  const inRouter = Object.entries(procedures).flatMap(([group, record]) =>
    Object.entries(record).map(([name, { _def }]) => [`${group}.${name}`, _def.type]),
  )
  const inContract = Object.entries(contract).map(([name, procedure]) => [name, kindOf(procedure)])
  expect(inContract.toSorted()).toEqual(inRouter.toSorted())
})

test.each(withAccess('member', 'owner', 'admin', 'self-charge'))(
  '$name over $via needs a token',
  async ({ name, via }) => {
    await expectRefused(name, via, undefined, 'UNAUTHENTICATED')
  },
)

test.each(withAccess('anyone', 'topics'))('$name over $via needs no token', async ({ name, via }) => {
  const { reply } = await attempt(name, via, undefined)
  expect(reply.status).toBe(200)
})

test.each(withAccess('member', 'self-charge'))(
  '$name over $via is forbidden for another member',
  async ({ name, via }) => {
    await expectRefused(name, via, await api.token(await newMember(api)), 'FORBIDDEN')
  },
)

test.each(withAccess('admin'))('$name over $via is forbidden for members', async ({ name, via }) => {
  await expectRefused(name, via, await api.token(await newMember(api)), 'FORBIDDEN')
})

test.each(withAccess('owner'))(
  "$name over $via gives the same answer for another member's order as for an unknown order",
  async ({ name, via }) => {
    const token = await api.token(await newMember(api))
    const { reply, ids, expectUnchanged } = await attempt(name, via, token)
    expectProblem(reply, 'ORDER_NOT_FOUND')
    await expectUnchanged()

    const orderId = '019310a4-6f00-7000-8000-000000000001'
    const none = await call({ url: api.url, via, name, input: { orderId }, token })
    const blank = (text: string, id: string) => text.replaceAll(id, 'ID').replace(/"requestId":"[^"]+"/, '')
    expect(blank(reply.text, ids.orderId)).toBe(blank(none.text, orderId))
  },
)

test.each(withAccess('self-charge'))(
  '$name over $via is forbidden for the member by default',
  async ({ name, via }) => {
    const ids = await newFixture(api)
    const input = exampleInput(name, ids)
    const before = await databaseState(api)
    const reply = await call({ url: api.url, via, name, input, token: await api.token(ids.memberId) })
    expectProblem(reply, 'FORBIDDEN')
    expect(await databaseState(api)).toEqual(before)
  },
)

test.each(withAccess('self-charge'))(
  '$name over $via is allowed for the member, and only for the member, with ALLOW_SELF_CHARGE',
  async ({ name, via }) => {
    const ids = await newFixture(selfChargeApi)
    const input = exampleInput(name, ids)
    const url = selfChargeApi.url
    expect((await call({ url, via, name, input, token: await selfChargeApi.token(ids.memberId) })).status).toBe(200)
    expectProblem(await call({ url, via, name, input, token: await selfChargeApi.token('somebody-else') }), 'FORBIDDEN')
  },
)

test.each(withAccess('member', 'owner'))('$name over $via is allowed for the member', async ({ name, via }) => {
  const ids = await newFixture(api)
  const token = await api.token(ids.memberId)
  const reply = await call({ url: api.url, via, name, input: exampleInput(name, ids), token })
  expect(reply.problem).toBeUndefined()
})

test.each(cases)('$name over $via is allowed for admins', async ({ name, via }) => {
  const { reply } = await attempt(name, via, await api.token('operator', 'admin'))
  expect(reply.problem).toBeUndefined()
})
