import { expect, test } from 'vitest'
import { data, networkError, problem, useFakeApi } from '../test-support/fake-api.ts'

const orderId = '019310a4-6f00-7000-8000-000000000001'
const api = useFakeApi()
const notCancellable = (orderStatus: 'CANCELLED' | 'EXPIRED') =>
  problem('ORDER_NOT_CANCELLABLE', { orderId, orderStatus })
const order = { id: orderId, status: 'CANCELLED' }
const paths = () => api.requests.map(({ calls }) => calls[0]?.path)

test('a cancellation whose reply was lost returns the cancelled order', async () => {
  api.respond(networkError, notCancellable('CANCELLED'), data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
  expect(paths()).toEqual(['order.cancel', 'order.cancel', 'order.byId'])
  expect(api.requests[2]?.calls[0]?.input).toEqual({ orderId })
})

test('a cancellation that failed with UNAVAILABLE before returns the cancelled order', async () => {
  api.respond(problem('UNAVAILABLE', { retryAfterSeconds: 0.1 }), notCancellable('CANCELLED'), data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
})

test('reading the cancelled order is retried', async () => {
  api.respond(networkError, notCancellable('CANCELLED'), networkError, data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
  expect(paths()).toEqual(['order.cancel', 'order.cancel', 'order.byId', 'order.byId'])
})

test('cancelling a cancelled order is refused', async () => {
  api.respond(notCancellable('CANCELLED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' })
})

test('cancelling a cancelled order is refused after TOO_MANY_REQUESTS', async () => {
  api.respond(problem('TOO_MANY_REQUESTS', { retryAfterSeconds: 0.1 }), notCancellable('CANCELLED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' })
})

test('a cancellation whose reply was lost is refused if the order is expired', async () => {
  api.respond(networkError, notCancellable('EXPIRED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({
    code: 'ORDER_NOT_CANCELLABLE',
    details: { orderStatus: 'EXPIRED' },
  })
})
