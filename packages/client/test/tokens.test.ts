import { expect, test } from 'vitest'
import type { TokenRequest } from '../src/index.ts'
import { data, networkError, problem, type SeenRequest, useFakeApi } from '../test-support/fake-api.ts'

const api = useFakeApi()
const charge = { memberId: 'mina', amount: 1_000 }
const refused = problem('UNAUTHENTICATED', {})

/** Accepts one token and refuses all others. */
function accepting(token: string) {
  return (request: SeenRequest) =>
    request.authorization === `Bearer ${token}` ? data('done')(request) : refused(request)
}

/** A token function that returns a token from memory, or renews it over the network. */
function session(current: string, next: string) {
  const tokenRequests: TokenRequest[] = []
  const token = async (request: TokenRequest) => {
    tokenRequests.push(request)
    await new Promise((resolve) => setTimeout(resolve, 20))
    return request.refused === undefined ? current : next
  }
  return { token, renewals: () => tokenRequests.filter(({ refused }) => refused !== undefined) }
}

const authorizations = () => api.requests.map(({ authorization }) => authorization)

test('a token function is called for each request', async () => {
  api.respond(data({}), data({}))
  let count = 0
  const jumun = api.client({ token: async () => `token-${++count}` })
  await jumun.product.byId.query({ productId: 1 })
  await jumun.product.byId.query({ productId: 1 })
  expect(authorizations()).toEqual(['Bearer token-1', 'Bearer token-2'])
})

test('a refused token is renewed, and the call is sent again with the same idempotency key', async () => {
  api.respond(accepting('new'), accepting('new'))
  const { token, renewals } = session('old', 'new')
  expect(await api.client({ token }).point.charge.mutate(charge)).toBe('done')
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new'])
  expect(renewals()).toEqual([{ refused: 'old' }])
  const keys = api.requests.map(({ calls }) => calls[0]?.input['idempotencyKey'])
  expect(keys[0]).toBe(keys[1])
})

test('a call that is not repeatable is sent again too, because a refused token has no effect', async () => {
  api.respond(accepting('new'), accepting('new'))
  const { token } = session('old', 'new')
  const items = [{ name: 'Tea', price: 1, stock: 1 }]
  expect(await api.client({ token }).product.create.mutate({ items })).toBe('done')
})

test('calls that are refused at the same time share one renewal', async () => {
  api.respondToAll(accepting('new'))
  const { token, renewals } = session('old', 'new')
  const jumun = api.client({ token })
  const flood = Array.from({ length: 200 }, (_, index) => jumun.product.byId.query({ productId: index + 1 }))
  expect(new Set(await Promise.all(flood))).toEqual(new Set(['done']))
  expect(renewals()).toEqual([{ refused: 'old' }])
})

test('a call whose old token is refused late uses the token that was renewed meanwhile', async () => {
  const late = Promise.withResolvers<void>()
  api.respond(
    async (request) => {
      await late.promise
      return refused(request)
    },
    accepting('new'),
    accepting('new'),
    accepting('new'),
  )
  const { token, renewals } = session('old', 'new')
  const jumun = api.client({ token })
  const slow = jumun.point.balance.query({ memberId: 'mina' })
  await expect.poll(() => api.requests).toHaveLength(1)
  expect(await jumun.product.byId.query({ productId: 1 })).toBe('done')
  late.resolve()
  expect(await slow).toBe('done')
  expect(renewals()).toHaveLength(1)
})

test('a renewed token replaces the old one even if the function still returns the old one', async () => {
  api.respond(accepting('new'), accepting('new'), accepting('new'))
  const { token, renewals } = session('old', 'new')
  const jumun = api.client({ token })
  await jumun.product.byId.query({ productId: 1 })
  await jumun.product.byId.query({ productId: 1 })
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
  expect(renewals()).toHaveLength(1)
})

test('a call fails if its new token is refused too, and the next call renews it again', async () => {
  api.respond(refused, refused)
  let count = 0
  const jumun = api.client({ token: () => `token-${++count}` })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  expect(api.requests).toHaveLength(2)
  api.respond(refused, data('done'))
  expect(await jumun.product.list.query({})).toBe('done')
})

test('a call is not sent again if the renewal returns the refused token', async () => {
  api.respond(refused, refused)
  const jumun = api.client({ token: () => 'same' })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  await expect(jumun.product.list.query({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  expect(api.requests).toHaveLength(2)
})

test('a token that is a string is not renewed', async () => {
  api.respond(refused)
  await expect(api.client({ token: 'a.b.c' }).product.list.query({})).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    status: 401,
  })
})

test('a failed renewal rejects the call with its cause, and the next call tries again', async () => {
  api.respond(refused, refused, data('done'))
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

test('cancelling a call cancels its renewal', async () => {
  api.respond(refused)
  const stop = new AbortController()
  const token = ({ refused }: TokenRequest) => {
    if (refused === undefined) return 'old'
    stop.abort()
    return new Promise<string>(() => {})
  }
  const call = api.client({ token }).product.list.query({}, { signal: stop.signal })
  await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
})

test('a renewal ends at the time limit of its call', async () => {
  api.respondToAll(refused)
  const token = ({ refused }: TokenRequest) => (refused === undefined ? 'old' : new Promise<string>(() => {}))
  const call = api.client({ token, timeoutMs: 1_500 }).product.list.query({})
  await expect(call).rejects.toMatchObject({ code: 'UNREACHABLE' })
})

test('a retry after a lost reply uses the renewed token', async () => {
  api.respond(accepting('new'), networkError, accepting('new'))
  const { token } = session('old', 'new')
  expect(await api.client({ token }).point.charge.mutate(charge)).toBe('done')
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new', 'Bearer new'])
})
