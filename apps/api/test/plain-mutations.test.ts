import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { newMember, newProduct } from '../test-support/world.ts'

const api = useApi()

/** A request that the adapter of tRPC answers, because of a parameter that it does not know. */
const BY_ADAPTER = 'unknown=1'

/** What is new in each answer, and how it is framed. */
const OF_NO_MATTER = ['x-request-id', 'date', 'content-length', 'transfer-encoding', 'content-type']

/** Everything that tells one answer from another. */
async function send(path: string, { token, body, headers = {} }: { token: string; body: string; headers?: object }) {
  const response = await fetch(`${api.url}/trpc/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  const id = response.headers.get('x-request-id') ?? ''
  const heads = [...response.headers].filter(([name]) => !OF_NO_MATTER.includes(name))
  const [type] = response.headers.get('content-type')?.split(';') ?? []
  return { status: response.status, type, heads: Object.fromEntries(heads), text: text.replaceAll(id, 'the request') }
}

const member = '"memberId":"MEMBER"'
const place = `{${member},"items":[{"productId":PRODUCT,"quantity":1}],"idempotencyKey":"once"}`
const clear = `{${member}}`

test.each([
  ['a mutation', 'cart.clear', '', clear],
  ['a replayed mutation', 'order.place', '', place],
  ['a refused mutation', 'order.place', '', place.replace('"quantity":1', '"quantity":1000')],
  ["another member's mutation", 'cart.clear', '', '{"memberId":"somebody-else"}'],
  ['an input that is not valid', 'cart.clear', '', '{"memberId":1,"__proto__":{"memberId":"x"}}'],
  ['an input that is no object', 'cart.clear', '', '[1]'],
  ['an input that is null', 'cart.clear', '', 'null'],
  ['a body that is not JSON', 'cart.clear', '', '{'],
  ['a batch of one', 'cart.clear', 'batch=1', `{"0":${clear}}`],
  ['a batch of several', 'cart.clear,order.place', 'batch=1', `{"0":${clear},"1":${place}}`],
  ['a batch of which one is refused', 'cart.clear,order.cancel', 'batch=1', `{"0":${clear},"1":{"orderId":"no"}}`],
  ['a batch of which all are refused', 'cart.clear,cart.clear', 'batch=1', '{}'],
  ['a batch that is an array', 'cart.clear', 'batch=1', `[${clear}]`],
  ['a batch of a query', 'product.list', 'batch=1', '{"0":{}}'],
  ['a batch of 51', Array.from({ length: 51 }, () => 'cart.clear').join(), 'batch=1', '{}'],
  ['a procedure that there is not', 'cart.nothing', '', clear],
  ['a batch that is none', 'cart.clear', 'batch=0', clear],
])('%s is answered as the adapter of tRPC answers it', async (_, path, query, body) => {
  const memberId = await newMember(api)
  const productId = await newProduct(api)
  const token = await api.token(memberId)
  const filled = body.replaceAll('MEMBER', memberId).replaceAll('PRODUCT', `${productId}`)
  // What may be done once only is done, so that both of the others are told of it.
  await send(`${path}?${query}`, { token, body: filled })
  const plain = await send(`${path}?${query}`, { token, body: filled })
  const adapted = await send(`${path}?${query}&${BY_ADAPTER}`, { token, body: filled })
  expect(plain).toEqual(adapted)
})

test('whoever asks for a stream of answers gets one', async () => {
  const memberId = await newMember(api)
  const body = JSON.stringify({ 0: { memberId } })
  const headers = { 'trpc-accept': 'application/jsonl' }
  const { status, text } = await send('cart.clear?batch=1', { token: await api.token(memberId), body, headers })
  expect(status).toBe(200)
  expect(text.trim().split('\n').length).toBeGreaterThan(1)
})
