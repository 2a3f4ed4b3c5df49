import { expect, test } from 'vitest'
import { data, networkError, refusal, useFakeApi } from '../test-support/fake-api.ts'

const orderId = '019310a4-6f00-7000-8000-000000000001'
const api = useFakeApi()
const endedAs = (orderStatus: 'CANCELLED' | 'EXPIRED') => refusal('ORDER_NOT_CANCELLABLE', { orderId, orderStatus })
const order = { id: orderId, status: 'CANCELLED' }
const paths = () => api.requests.map(({ calls }) => calls[0]?.path)

test('an order whose cancelling lost its reply is answered as it is: cancelled', async () => {
  api.answer(networkError, endedAs('CANCELLED'), data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
  expect(paths()).toEqual(['order.cancel', 'order.cancel', 'order.byId'])
  expect(api.requests[2]?.calls[0]?.input).toEqual({ orderId })
})

test('a server that was unavailable may have cancelled it too', async () => {
  api.answer(refusal('UNAVAILABLE', { retryAfterSeconds: 0.1 }), endedAs('CANCELLED'), data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
})

test('reading what was cancelled is repeated as any reading is', async () => {
  api.answer(networkError, endedAs('CANCELLED'), networkError, data(order))
  expect(await api.client().order.cancel.mutate({ orderId })).toEqual(order)
  expect(paths()).toEqual(['order.cancel', 'order.cancel', 'order.byId', 'order.byId'])
})

test('an order that was cancelled before is refused', async () => {
  api.answer(endedAs('CANCELLED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' })
})

test('an order that was cancelled before is refused though calls came too fast first', async () => {
  api.answer(refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: 0.1 }), endedAs('CANCELLED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({ code: 'ORDER_NOT_CANCELLABLE' })
})

test('an order that turns out to be expired is refused', async () => {
  api.answer(networkError, endedAs('EXPIRED'))
  await expect(api.client().order.cancel.mutate({ orderId })).rejects.toMatchObject({
    code: 'ORDER_NOT_CANCELLABLE',
    details: { orderStatus: 'EXPIRED' },
  })
})
