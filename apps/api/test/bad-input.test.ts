import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { badInputs } from '../test-support/bad-values.ts'
import { faultsOf } from '../test-support/expect-problem.ts'
import { procedureNames, procedureTable } from '../test-support/procedure-table.ts'
import { call, transports } from '../test-support/transports.ts'
import { everythingStored, newWorld } from '../test-support/world.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const cases = procedureNames.flatMap((name) => transports.map((via) => ({ name, via })))

test.each(cases)('$name over $via refuses what it cannot take, typed, and stores nothing', async ({ name, via }) => {
  const names = await newWorld(api)
  const token = await api.token(names.memberId, procedureTable[name].who === 'admin' ? 'admin' : 'member')
  const inputs = badInputs(name, via, procedureTable[name].input(names))
  const before = await everythingStored(api)

  const faults: Record<string, string[]> = {}
  for (const { wrong, input } of inputs) {
    const found = faultsOf(await call({ url: api.url, via, name, input, token }), 'BAD_REQUEST')
    if (found.length > 0) faults[wrong] = found
  }

  expect(faults).toEqual({})
  expect(await everythingStored(api)).toEqual(before)
})
