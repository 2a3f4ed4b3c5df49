import { afterEach, expect, test, vi } from 'vitest'
import { createPlatform } from '../src/platform.ts'
import { openStorage } from '../src/storage.ts'
import { nowInSeconds, orderEvent, SECRET, sign, signedPost } from '../test-support/sender.ts'
import { createTestPlatform } from '../test-support/targets.ts'

const body = JSON.stringify({ events: [orderEvent()] })

afterEach(() => {
  vi.useRealTimers()
})

test('a signed request is accepted', async () => {
  const { send, storage } = createTestPlatform()
  expect((await send(body)).status).toBe(200)
  expect(storage.stats()).toMatchObject({ events: 1, badSignatures: 0 })
})

test('the published example of Standard Webhooks is verified', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_614_265_330_000 })
  const storage = openStorage(':memory:')
  const platform = createPlatform({ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', storage })
  const reply = await platform.fetch(
    signedPost('http://platform.test', '{"test": 2432232314}', {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    }),
  )
  // Verified, but its body is not a batch of events.
  expect(reply.status).toBe(400)
  expect(storage.stats().badSignatures).toBe(0)
})

const OTHER_SECRET = `whsec_${Buffer.alloc(32, 'other').toString('base64')}`

test.each([
  ['no headers', { 'webhook-id': '', 'webhook-timestamp': '', 'webhook-signature': '' }],
  ['no signature', { 'webhook-signature': '' }],
  ['a signature of another body', sign(`${body} `)],
  ['a signature with another secret', sign(body, { secret: OTHER_SECRET })],
  ['a signature for another id', { 'webhook-id': 'msg_2' }],
  ['a signature of another scheme', { 'webhook-signature': sign(body)['webhook-signature'].replace('v1,', 'v1a,') }],
  ['a truncated signature', { 'webhook-signature': sign(body)['webhook-signature'].slice(0, -2) }],
  ['a timestamp six minutes old', sign(body, { timestamp: nowInSeconds() - 360 })],
  ['a timestamp six minutes ahead', sign(body, { timestamp: nowInSeconds() + 360 })],
  ['a timestamp that is not a number', { 'webhook-timestamp': 'today' }],
])('a request with %s is refused, counted and not stored', async (_, headers) => {
  const { send, storage } = createTestPlatform()
  const reply = await send(body, headers)
  expect(reply.status).toBe(401)
  expect(reply.headers.get('content-type')).toBe('application/problem+json')
  expect(storage.stats()).toEqual({ orders: 0, events: 0, duplicates: 0, rejected: 0, badSignatures: 1 })
})

test.each([-240, 240])('a timestamp that is %i seconds off is accepted', async (off) => {
  const { send } = createTestPlatform()
  expect((await send(body, sign(body, { timestamp: nowInSeconds() + off }))).status).toBe(200)
})

test('with several secrets, a signature of any one of them is accepted', async () => {
  const platform = createPlatform({ secret: `${OTHER_SECRET} ${SECRET}`, storage: openStorage(':memory:') })
  for (const secret of [OTHER_SECRET, SECRET])
    expect((await platform.fetch(signedPost('http://platform.test', body, sign(body, { secret })))).status).toBe(200)
  const unknown = `whsec_${Buffer.alloc(32, 'unknown').toString('base64')}`
  const reply = await platform.fetch(signedPost('http://platform.test', body, sign(body, { secret: unknown })))
  expect(reply.status).toBe(401)
})

test('one valid signature of several is enough, for the rotation of a secret', async () => {
  const { send } = createTestPlatform()
  const old = sign(body, { secret: OTHER_SECRET })['webhook-signature']
  const good = sign(body, { secret: SECRET })['webhook-signature']
  expect((await send(body, { 'webhook-signature': `${old} ${good}` })).status).toBe(200)
  expect((await send(body, { 'webhook-signature': `${old} v1a,xyz` })).status).toBe(401)
})
