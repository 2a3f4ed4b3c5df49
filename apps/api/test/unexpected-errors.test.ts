import { OrderQueue } from '@jumun/domain'
import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { exampleInput, servedNames } from '../test-support/example-input.ts'
import { expectProblem } from '../test-support/expect-problem.ts'
import { call, transports } from '../test-support/transports.ts'

const SECRET = 'select balance from point_account where password = hunter2'

/** What a defect can throw. */
const thrown: Record<string, () => unknown> = {
  'an error': () => new Error(SECRET),
  'an error with a cause': () => new Error('outer', { cause: new Error(SECRET) }),
  'an error with fields': () => Object.assign(new TypeError(SECRET), { sql: SECRET, statusCode: 418, status: 418 }),
  'a validation error of another schema': () => z.object({ [SECRET]: z.string() }).safeParse({}).error,
  'an error with status code 400': () => Object.assign(new Error(SECRET), { statusCode: 400 }),
  'a string': () => SECRET,
  nothing: () => undefined,
  'an object': () => ({ message: SECRET, code: 'BAD_REQUEST', details: { SECRET } }),
}

let fault: () => unknown = () => undefined

/** Replaces every property of the services that procedures use. */
let replacement: (property: string | symbol) => unknown = () => {
  throw fault()
}

const api = useApi({
  settings: { ALLOW_SELF_CHARGE: 'true' },
  replace: ({ em, reads, live }) => ({
    em: new Proxy(em, { get: (_, property) => replacement(property) }),
    reads: new Proxy(reads, { get: (_, property) => replacement(property) }),
    live: new Proxy(live, { get: (_, property) => replacement(property) }),
    orders: new OrderQueue(() => Promise.reject(fault())),
    audit: () => Promise.reject(fault()),
    readSystem: () => Promise.reject(fault()),
  }),
})

const NO_ID = '019310a4-6f00-7000-8000-000000000001'
const IDS = { memberId: 'mina', productId: 1, orderId: NO_ID, eventId: NO_ID }

const cases = Object.keys(thrown).flatMap((what) => transports.map((via) => ({ what, via })))

test.each(cases)(
  '$what thrown below a procedure is INTERNAL over $via and reveals nothing of its cause',
  async ({ what, via }) => {
    fault = thrown[what] ?? fault
    for (const name of servedNames) {
      const input = exampleInput(name, IDS)
      const reply = await call({ url: api.url, via, name, input, token: await api.token('mina', 'admin') })
      expectProblem(reply, 'INTERNAL')
      expect(reply.text).not.toMatch(/hunter2|password|balance/)
      const line = api.log.find((line) => line['requestId'] === reply.problem?.requestId && line.level === 50)
      expect(line, name).toMatchObject({ msg: 'A call failed.' })
      if (what.startsWith('an error')) expect(JSON.stringify(line)).toContain('hunter2')
    }
  },
)

test('an error in one call of a batch does not affect the other calls', async () => {
  fault = () => new Error(SECRET)
  const input = encodeURIComponent(JSON.stringify({ 0: { productId: 0 }, 1: { productId: 1 } }))
  const response = await fetch(`${api.url}/trpc/product.byId,product.byId?batch=1&input=${input}`)
  const [bad, broken] = (await response.json()) as { error: { data: { code: string } } }[]
  expect(bad?.error.data.code).toBe('BAD_REQUEST')
  expect(broken?.error.data.code).toBe('INTERNAL_SERVER_ERROR')
})

test('an error in a stream reveals nothing of its cause', async () => {
  fault = () => new Error(SECRET)
  const url = `${api.url}/trpc/product.byId?batch=1&input=${encodeURIComponent('{"0":{"productId":1}}')}`
  const response = await fetch(url, { headers: { 'trpc-accept': 'application/jsonl' } })
  const text = await response.text()
  expect(text).toContain('"code":"INTERNAL"')
  expect(text).toContain(`"requestId":"${response.headers.get('x-request-id')}"`)
  expect(text).not.toMatch(/hunter2|password|stack/)
})

test.each(transports)(
  'an answer that does not match its schema is INTERNAL over %s and reveals nothing of its cause',
  async (via) => {
    replacement = () => async () => [{ id: 1, name: SECRET, price: 'free', stock: 1 }]
    const reply = await call({ url: api.url, via, name: 'product.byId', input: { productId: 1 } })
    expectProblem(reply, 'INTERNAL')
    expect(reply.text).not.toMatch(/hunter2|free/)
  },
)
