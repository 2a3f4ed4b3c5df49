import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { newMember, newProduct } from '../test-support/fixtures.ts'

const api = useApi()

/** An unknown parameter, because of which tRPC's adapter answers the request. */
const FORCE_ADAPTER = 'unknown=1'

/** Headers that differ between equivalent responses. */
const IGNORED_HEADERS = ['x-request-id', 'date', 'content-length', 'transfer-encoding', 'content-type']

/** Sends a mutation, and returns what must be equal in equivalent responses. */
async function send(path: string, { token, body, headers = {} }: { token: string; body: string; headers?: object }) {
  const response = await fetch(`${api.url}/trpc/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  const id = response.headers.get('x-request-id') ?? ''
  const compared = [...response.headers].filter(([name]) => !IGNORED_HEADERS.includes(name))
  const [type] = response.headers.get('content-type')?.split(';') ?? []
  return {
    status: response.status,
    type,
    headers: Object.fromEntries(compared),
    text: text.replaceAll(id, 'the request'),
  }
}

const member = '"memberId":"MEMBER"'
const place = `{${member},"items":[{"productId":PRODUCT,"quantity":1}],"idempotencyKey":"once"}`
const clear = `{${member}}`

test.each([
  ['a mutation', 'cart.clear', '', clear],
  ['a replayed mutation', 'order.place', '', place],
  ['a refused mutation', 'order.place', '', place.replace('"quantity":1', '"quantity":1000')],
  ["another member's mutation", 'cart.clear', '', '{"memberId":"somebody-else"}'],
  ['an invalid input', 'cart.clear', '', '{"memberId":1,"__proto__":{"memberId":"x"}}'],
  ['an input that is an array', 'cart.clear', '', '[1]'],
  ['an input that is null', 'cart.clear', '', 'null'],
  ['a body that is not JSON', 'cart.clear', '', '{'],
  ['a batch of one', 'cart.clear', 'batch=1', `{"0":${clear}}`],
  ['a batch of several', 'cart.clear,order.place', 'batch=1', `{"0":${clear},"1":${place}}`],
  ['a batch with one refused call', 'cart.clear,order.cancel', 'batch=1', `{"0":${clear},"1":{"orderId":"no"}}`],
  ['a batch whose calls are all refused', 'cart.clear,cart.clear', 'batch=1', '{}'],
  ['a batch that is an array', 'cart.clear', 'batch=1', `[${clear}]`],
  ['a batch of a query', 'product.list', 'batch=1', '{"0":{}}'],
  ['a batch of 51', Array.from({ length: 51 }, () => 'cart.clear').join(), 'batch=1', '{}'],
  ['an unknown procedure', 'cart.nothing', '', clear],
  ['a single call with batch=0', 'cart.clear', 'batch=0', clear],
])("%s gets the same response as from tRPC's adapter", async (_, path, query, body) => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const token = await api.token(memberId)
  const filled = body.replaceAll('MEMBER', memberId).replaceAll('PRODUCT', `${productId}`)
  // The first request makes the other two repeat a call that has already succeeded.
  await send(`${path}?${query}`, { token, body: filled })
  const plain = await send(`${path}?${query}`, { token, body: filled })
  const adapted = await send(`${path}?${query}&${FORCE_ADAPTER}`, { token, body: filled })
  expect(plain).toEqual(adapted)
})

test('a request that accepts a stream gets a stream', async () => {
  const memberId = await newMember(api)
  const body = JSON.stringify({ 0: { memberId } })
  const headers = { 'trpc-accept': 'application/jsonl' }
  const { status, text } = await send('cart.clear?batch=1', { token: await api.token(memberId), body, headers })
  expect(status).toBe(200)
  expect(text.trim().split('\n').length).toBeGreaterThan(1)
})
