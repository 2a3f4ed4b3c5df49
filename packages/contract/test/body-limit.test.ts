import { expect, test } from 'vitest'
import { z } from 'zod'
import { BODY_LIMIT_BYTES, bodyLimitOf, procedures } from '../src/index.ts'

test('only product.create needs a larger body than usual', () => {
  const larger = Object.entries(procedures).filter(([, procedure]) => bodyLimitOf(procedure) > BODY_LIMIT_BYTES)
  expect(larger.map(([name]) => name)).toEqual(['product.create'])
})

test.each([
  ['a text', { text: z.string() }],
  ['a list', { list: z.array(z.int()) }],
])('an input with %s without a limit has no body limit, which is an error', (_, shape) => {
  const procedure = { ...procedures['product.create'], input: z.strictObject(shape) }
  expect(() => bodyLimitOf(procedure)).toThrow('has no limit')
})
