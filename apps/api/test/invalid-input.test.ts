import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { exampleInput, procedureNames, requiredRole } from '../test-support/example-input.ts'
import { violationsOf } from '../test-support/expect-problem.ts'
import { databaseState, newFixture } from '../test-support/fixtures.ts'
import { invalidInputs } from '../test-support/invalid-inputs.ts'
import { call, transports } from '../test-support/transports.ts'

const api = useApi({ settings: { ALLOW_SELF_CHARGE: 'true' } })

const cases = procedureNames.flatMap((name) => transports.map((via) => ({ name, via })))

test.each(cases)('$name over $via refuses invalid input with BAD_REQUEST and stores nothing', async ({ name, via }) => {
  const ids = await newFixture(api)
  const token = await api.token(ids.memberId, requiredRole(name))
  const inputs = invalidInputs(name, via, exampleInput(name, ids))
  const before = await databaseState(api)

  const violations: Record<string, string[]> = {}
  for (const { wrong, input } of inputs) {
    const found = violationsOf(await call({ url: api.url, via, name, input, token }), 'BAD_REQUEST')
    if (found.length > 0) violations[wrong] = found
  }

  expect(violations).toEqual({})
  expect(await databaseState(api)).toEqual(before)
})
