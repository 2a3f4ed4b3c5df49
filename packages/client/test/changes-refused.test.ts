import { expect, test } from 'vitest'
import type { JumunClientOptions, TokenRequest } from '../src/index.ts'
import { networkError, refusedConnection } from '../test-support/fake-api.ts'
import { cutStream, end, event, openStream, refusal, stock, take, useFakeFeed } from '../test-support/fake-feed.ts'
import { useFastTimers } from '../test-support/fast-timers.ts'

const feed = useFakeFeed()
useFastTimers()

const follow = (options?: Partial<JumunClientOptions>) => feed.client({ random: () => 0, ...options }).changes()
const authorizations = () => feed.requests.map(({ authorization }) => authorization)
const lost = () => networkError({ calls: [], batched: false, authorization: null, at: 0 })
const unsent = () => refusedConnection({ calls: [], batched: false, authorization: null, at: 0 })
const html = () => new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } })

/** A token function that renews a refused token to the next of these. */
function session(...tokens: string[]) {
  const renewals: TokenRequest[] = []
  const token = (request: TokenRequest) => {
    if (request.refused !== undefined) renewals.push(request)
    return tokens[renewals.length] ?? expect.unreachable()
  }
  return { token, renewals }
}

test.each([
  ['FORBIDDEN', refusal('FORBIDDEN', {})],
  ['BAD_REQUEST', refusal('BAD_REQUEST', { issues: [{ path: ['topics', 0], message: 'Unknown' }] })],
  ['CURSOR_EXPIRED', refusal('CURSOR_EXPIRED', { oldest: 'c1' })],
  ['UNAUTHENTICATED', refusal('UNAUTHENTICATED', {})],
  ['INTERNAL', refusal('INTERNAL', {})],
] as const)('%s ends the loop', async (code, reply) => {
  feed.respond(reply)
  const details = code === 'CURSOR_EXPIRED' ? { oldest: 'c1' } : {}
  await expect(take(follow(), 1)).rejects.toMatchObject({ code, details, requestId: 'r-1', isOutcomeUnknown: false })
})

test('a refused token is renewed at once', async () => {
  const { token, renewals } = session('old', 'new')
  feed.respond(refusal('UNAUTHENTICATED', {}), openStream(stock(9)))
  await take(follow({ token }), 1)
  expect(authorizations()).toEqual(['Bearer old', 'Bearer new'])
  expect(renewals).toEqual([{ refused: 'old' }])
  expect(feed.pauses()).toEqual([0])
})

test('a token that is refused after its renewal ends the loop', async () => {
  feed.respond(refusal('UNAUTHENTICATED', {}), refusal('UNAUTHENTICATED', {}))
  const { token, renewals } = session('old', 'new', 'newer')
  await expect(take(follow({ token }), 1)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  expect(renewals).toHaveLength(1)
})

test('a token that expires during a stream is renewed, as often as needed', async () => {
  const { token, renewals } = session('one', 'two', 'three')
  feed.respond(openStream(event('bookmark', 'b1'), end('TOKEN_EXPIRED')))
  feed.respond(openStream(stock(9), end('TOKEN_EXPIRED')), openStream(stock(8)))
  await take(follow({ token }), 2)
  expect(authorizations()).toEqual(['Bearer one', 'Bearer two', 'Bearer three'])
  expect(renewals).toEqual([{ refused: 'one' }, { refused: 'two' }])
})

test('a fixed token that has expired ends the loop with the refusal of the server', async () => {
  feed.respond(openStream(stock(9), end('TOKEN_EXPIRED')), refusal('UNAUTHENTICATED', {}))
  const changes = follow()
  expect(await changes.next()).toMatchObject({ value: { cursor: 'c9' } })
  await expect(changes.next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('a token function that fails ends the loop', async () => {
  const token = () => Promise.reject(new Error('signed out'))
  await expect(take(follow({ token }), 1)).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    message: 'There is no token: signed out',
  })
})

test('an unavailable server and the rate limit are waited for, as long as they say', async () => {
  feed.respond(refusal('UNAVAILABLE', { retryAfterSeconds: 3 }), refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: 1 }))
  feed.respond(openStream(stock(9)))
  await take(follow(), 1)
  expect(feed.pauses()).toEqual([3_050, 1_100])
})

test('lost connections are made again with a growing backoff, and do not lead to polling', async () => {
  feed.respond(lost, unsent, lost, lost, lost, lost, lost, openStream(stock(9)))
  await take(follow(), 1)
  expect(feed.pauses()).toEqual([50, 100, 200, 400, 800, 1_600, 2_500])
  expect(feed.requests.every(({ path }) => path === '/api/events')).toBe(true)
})

test('with waitForServer false the first connection must succeed, and later ones are waited for', async () => {
  for (const failure of [unsent, lost]) {
    feed.respond(failure)
    await expect(take(follow({ waitForServer: false }), 1)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  }
  feed.respond(openStream(), cutStream(event('bookmark', 'b1')), unsent, openStream(stock(9)))
  await take(follow({ waitForServer: false }), 1)
})

test('what is not the API ends the loop, unless the API has answered before', async () => {
  feed.respond(html)
  await expect(take(follow(), 1)).rejects.toMatchObject({ code: 'UNREACHABLE', status: 200 })
  feed.respond(() => Response.json({ hello: 1 }))
  await expect(take(follow(), 1)).rejects.toMatchObject({ code: 'UNREACHABLE', status: 200 })
  const unforeseen = refusal('INTERNAL', {})
  feed.respond(cutStream(event('bookmark', 'b1')), html, () => new Response('', { status: 404 }), unforeseen)
  feed.respond(openStream(stock(9)))
  await take(follow(), 1)
})

test('an event that is not JSON counts as a broken stream', async () => {
  feed.respond(openStream('event: change\nid: c9\ndata: {\n\n'), openStream(stock(9)))
  await take(follow(), 1)
})

test('an error of onState ends the loop', async () => {
  feed.respond(openStream(stock(9)))
  const onState = () => {
    throw new RangeError('mine')
  }
  await expect(take(feed.client().changes({ onState }), 1)).rejects.toThrow(RangeError)
  expect(feed.requests[0]?.signal.aborted).toBe(true)
})
