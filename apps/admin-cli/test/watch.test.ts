import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import { expect, onTestFinished, test } from 'vitest'
import { changeLine } from '../src/commands/watch/change-line.ts'
import { runCli, startCli } from '../test-support/cli.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

const at = '2026-11-27T00:00:00.000Z'
const paid = {
  type: 'points.changed',
  data: { memberId: 'mina', kind: 'PAYMENT', amount: -3_000, balance: 7_000, orderId: 'o-1' },
}

function event(type: string, id: string, data: object = {}): string {
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`
}

const change = (id: string, fields: object) => event('change', id, { id: `id-${id}`, at, actor: 'mina', ...fields })

/** Starts a server that answers the feed's requests one by one with these: the text of a stream that stays open, or a problem. */
async function startFeed(...replies: (string | object)[]) {
  const paths: string[] = []
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    paths.push(request.url ?? '')
    const reply = replies[paths.length - 1]
    if (typeof reply === 'string') response.writeHead(200, { 'content-type': 'text/event-stream' }).write(reply)
    else response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(reply))
  }
  const { url, close } = await listenOnLoopback(createServer(answer))
  onTestFinished(close)
  return { paths, url }
}

const problem = (code: string, more: object = {}) => ({ code, detail: `It is ${code}.`, status: 403, ...more })
const ended = event('end', 'x', { reason: 'DRAINING' })

test('each change is a line with time, type, who and what', async () => {
  const item = { productId: 7, name: 'Tea', unitPrice: 1_000, quantity: 3, amount: 3_000 }
  const order = { id: 'o-1', memberId: 'mina', total: 3_000, items: [item, { ...item, productId: 8 }] }
  const product = { id: 7, name: '한라봉 차\n\u001b[2J', price: 1_000, stock: 10, key: null }
  const of = (type: string, data: object, actor: string | null = null) =>
    changeLine({ cursor: 'c', id: 'i', at, actor, type, data } as Parameters<typeof changeLine>[0])
  expect(
    [
      of('order.paid', { order, version: 1 }, 'mina'),
      of('order.expired', { order, version: 2 }),
      of('stock.changed', { productId: 7, quantity: 98, reason: 'order' }, 'mina'),
      of('product.created', { product }, 'operator'),
      of('product.removed', { productId: 7 }, 'operator'),
      of('points.changed', paid.data, 'mina'),
      of('points.changed', { ...paid.data, kind: 'CHARGE', amount: 5, orderId: null }, 'operator'),
      of('delivery.dead', { eventId: 'e-1', orderId: 'o-1', reason: 'no' }),
      of('delivery.replayed', { eventId: 'e-1', orderId: 'o-1' }, 'operator'),
      of('weather.changed', { rain: true }),
    ].map((line) => line.replace(`${at}  `, '')),
  ).toEqual([
    'order.paid         mina  order o-1 of mina: total 3000, 3 of product 7, 3 of product 8',
    'order.expired      -  order o-1 of mina: total 3000, 3 of product 7, 3 of product 8',
    'stock.changed      mina  product 7: stock 98 (order)',
    `product.created    operator  product 7: ${product.name}, price 1000, stock 10`,
    'product.removed    operator  product 7',
    'points.changed     mina  mina: -3000 (PAYMENT), balance 7000, order o-1',
    'points.changed     operator  mina: +5 (CHARGE), balance 7000',
    'delivery.dead      -  event e-1 of order o-1: no',
    'delivery.replayed  operator  event e-1 of order o-1',
    'weather.changed    -  {"rain":true}',
  ])
})

test('it follows the topics after the cursor, connects again, and says where to go on', async () => {
  const evil = { type: 'product.removed', actor: 'x\u001b[2J\ny', data: { productId: 7 } }
  const first = event('bookmark', 'c0') + change('c1', paid) + ended
  const feed = await startFeed(first, change('c2', evil) + ended, problem('FORBIDDEN'))
  const args = ['--topic', 'member:mina', '--topic', 'products', '--after', 'c-1', '--url', feed.url, '--token', 't']
  const { stdout, stderr, exitCode } = await runCli(['watch', ...args], {})
  expect(stdout).toBe(
    `${at}  points.changed     mina  mina: -3000 (PAYMENT), balance 7000, order o-1\n` +
      String.raw`${at}  product.removed    x\u001b[2J\u000ay  product 7` +
      '\n',
  )
  const lost = 'The server ended the stream (DRAINING). Connecting again in 0.1 s.'
  expect(stderr.replace(/\d\.\d s/g, '0.1 s').split('\n')).toEqual([
    ...['Connected.', lost, 'Connected.', lost],
    ...['To go on from here: --after c2', 'error: It is FORBIDDEN.', ''],
  ])
  expect(exitCode).toBe(1)
  const topics = '&topics=member%3Amina%2Cproducts'
  expect(feed.paths).toEqual(['c-1', 'c1', 'c2'].map((after) => `/api/events?after=${after}${topics}`))
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends it with exit code 0 and says where to go on', async (signal) => {
  const { url } = await startFeed(change('c1', paid) + event('reset', 'r1') + event('bookmark', 'b2'))
  const { child, ended } = startCli(['watch', '--json', '--url', url, '--token', 't'], {})
  let lines = 0
  child.stdout?.on('data', (data) => {
    lines += String(data).split('\n').length - 1
    if (lines === 2) child.kill(signal)
  })
  const { stdout, stderr, exitCode } = await ended
  expect(exitCode).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { cursor: 'c1', id: 'id-c1', at, actor: 'mina', ...paid },
    { type: 'reset', cursor: 'r1' },
  ])
  expect(stderr).toMatch(/^Connected\.\nThe database was restored: .*\.\nTo go on from here: --after (r1|b2)\n$/)
})

test('a refused cursor or topic and an unreachable server are reported', async () => {
  const issues = [{ path: ['topics', 0], message: 'must be products or others' }]
  const feed = await startFeed(problem('CURSOR_EXPIRED', { oldest: 'c5' }), problem('BAD_REQUEST', { issues }))
  const watch = (url: string) => runCli(['watch', '--after', 'c1', '--topic', 'tea', '--url', url, '--token', 't'], {})
  expect(await watch(feed.url)).toMatchObject({
    stderr: 'error: It is CURSOR_EXPIRED. (the oldest that are kept: --after c5)\n',
    exitCode: 1,
  })
  expect(await watch(feed.url)).toMatchObject({
    stderr: 'error: It is BAD_REQUEST. (--topic: must be products or others)\n',
    exitCode: 2,
  })
  expect(await watch('http://127.0.0.1:9')).toMatchObject({ stderr: expect.stringMatching(/^error: /), exitCode: 3 })
})

test('it shows what happens in the shop', async () => {
  const { nextCursor } = await shop.member('mina').live.list.query({})
  const product = ['--name', 'Tea', '--price', '5', '--stock', '7']
  await shop.json('products', 'create', ...product)
  const { child, ended } = shop.start('watch', '--topic', 'products', '--after', nextCursor)
  child.stdout?.once('data', () => child.kill('SIGINT'))
  const { stdout, stderr, exitCode } = await ended
  expect({ stderr: stderr.replace(/--after .*/, ''), exitCode }).toEqual({
    stderr: 'Connected.\nTo go on from here: \n',
    exitCode: 0,
  })
  expect(stdout).toMatch(/^\S+Z {2}product\.created {4}jumun-cli {2}product \d+: Tea, price 5, stock 7\n/)
})
