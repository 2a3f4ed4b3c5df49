import { expect, test } from 'vitest'
import type { TokenRequest } from '../src/index.ts'
import { data, networkError, refusal, type SeenRequest, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const charge = { memberId: 'mina', amount: 1_000 }
const refused = refusal('UNAUTHENTICATED', {})

/** Refuses every token but one. */
function accepting(token: string) {
  return (request: SeenRequest) =>
    request.authorization === `Bearer ${token}` ? data('done')(request) : refused(request)
}

/** A session as front ends have them: a token in memory, and a renewal over the network. */
function session(token: string, next: string) {
  const asked: TokenRequest[] = []
  const ask = async (request: TokenRequest) => {
    asked.push(request)
    await new Promise((resolve) => setTimeout(resolve, 20))
    return request.refused === undefined ? token : next
  }
  return { ask, renewals: () => asked.filter(({ refused }) => refused !== undefined) }
}

const authorizations = () => api.requests.map(({ authorization }) => authorization)

test('the token goes along, from a function each time anew', async () => {
  api.answer(data({}), data({}))
  let asked = 0
  const jumun = api.client({ token: async () => `token-${++asked}` })
  await jumun.product.byId.query({ productId: 1 })
  await jumun.product.byId.query({ productId: 1 })
  expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a token that the server refuses is renewed, and the call made again with the same key', async () => {
  api.answer(accepting('new'), accepting('new'))
  const { ask, renewals } = session('old', 'new')
  expect(await api.client({ token: ask }).point.charge.mutate(charge)).toBe('done')
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new'])
  expect(renewals()).toEqual([{ refused: 'old' }])
  const keys = api.requests.map(({ calls }) => calls[0]?.input['idempotencyKey'])
  expect(keys[0]).toBe(keys[1])
})

test('what cannot be repeated is made again too: a refused token had no effect', async () => {
  api.answer(accepting('new'), accepting('new'))
  const { ask } = session('old', 'new')
  const items = [{ name: 'Tea', price: 1, stock: 1 }]
  expect(await api.client({ token: ask }).product.create.mutate({ items })).toBe('done')
})

test('calls that are refused together share one renewal', async () => {
  api.answerAll(accepting('new'))
  const { ask, renewals } = session('old', 'new')
  const jumun = api.client({ token: ask })
  const flood = Array.from({ length: 200 }, (_, index) => jumun.product.byId.query({ productId: index + 1 }))
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['done']))
  expect(renewals()).toEqual([{ refused: 'old' }])
})

test('a call that comes back late with the old token takes the new one that is there', async () => {
  const late = Promise.withResolvers<void>()
  api.answer(
    async (request) => {
      await late.promise
      return refused(request)
    },
    accepting('new'),
    accepting('new'),
    accepting('new'),
  )
  const { ask, renewals } = session('old', 'new')
  const jumun = api.client({ token: ask })
  const slow = jumun.point.balance.query({ memberId: 'mina' })
  await expect.poll(() => api.requests).toHaveLength(1)
  expect(await jumun.product.byId.query({ productId: 1 })).toBe('done')
  late.resolve()
  expect(await slow).toBe('done')
  expect(renewals()).toHaveLength(1)
})

test('a token that was renewed is not sent again, whatever the function says', async () => {
  api.answer(accepting('new'), accepting('new'), accepting('new'))
  const { ask, renewals } = session('old', 'new')
  const jumun = api.client({ token: ask })
  await jumun.product.byId.query({ productId: 1 })
  await jumun.product.byId.query({ productId: 1 })
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
  expect(renewals()).toHaveLength(1)
})

test('a call whose new token is refused as well fails, and the next one is renewed again', async () => {
  api.answer(refused, refused)
  let count = 0
  const jumun = api.client({ token: () => `token-${++count}` })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  expect(api.requests).toHaveLength(2)
  api.answer(refused, data('done'))
  expect(await jumun.product.list.query({})).toBe('done')
})

test('a call is not made again with a token that has just been refused', async () => {
  api.answer(refused, refused)
  const jumun = api.client({ token: () => 'same' })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(api.requests).toHaveLength(2)
})

test('a token that is a string cannot be renewed', async () => {
  api.answer(refused)
  await expect(api.client({ token: 'a.b.c' }).product.list.query({})).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    status: 401,
  })
})

test('a renewal that fails is told with its cause, and tried again by the next call', async () => {
  api.answer(refused, refused, data('done'))
  const cause = new Error('signed out')
  let signedIn = false
  const token = ({ refused }: TokenRequest) => {
    if (refused === undefined) return 'old'
    if (signedIn) return 'new'
    throw cause
  }
  const jumun = api.client({ token })
  const call = jumun.product.list.query({})
  await expect(call).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: 'There is no token: signed out', cause })
  signedIn = true
  expect(await jumun.product.list.query({})).toBe('done')
})

test('a renewal is cancelled with its call', async () => {
  api.answer(refused)
  const stop = new AbortController()
  const token = ({ refused }: TokenRequest) => {
    if (refused === undefined) return 'old'
    stop.abort()
    return new Promise<string>(() => {})
  }
  const call = api.client({ token }).product.list.query({}, { signal: stop.signal })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
})

test('a renewal takes no more time than its call has', async () => {
  api.answerAll(refused)
  const token = ({ refused }: TokenRequest) => (refused === undefined ? 'old' : new Promise<string>(() => {}))
  const call = api.client({ token, timeoutMs: 1_500 }).product.list.query({})
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('calls after a lost reply go on with the new token', async () => {
  api.answer(accepting('new'), networkError, accepting('new'))
  const { ask } = session('old', 'new')
  expect(await api.client({ token: ask }).point.charge.mutate(charge)).toBe('done')
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
})
