import { setTimeout as sleep } from 'node:timers/promises'
import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import stringWidth from 'string-width'
import { expect, onTestFinished, test } from 'vitest'
import { startReachedProxy } from '../test-support/reached-proxy.ts'
import { useShop } from '../test-support/shop.ts'
import { startTerminal } from '../test-support/terminal.ts'

const shop = useShop()
const CTRL_C = '\u0003'
const ESCAPE = '\u001b'
const COLOUR = new RegExp(`${ESCAPE}\\[[\\d;]*m`)

function terminal(args: string[], options: { columns?: number; rows?: number; env?: Record<string, string> } = {}) {
  return startTerminal(args, { ...options, env: { DATA_DIR: shop.dataDir, ...options.env } })
}

test('long work shows a bar with rate and time left, and does not ask with --yes', async () => {
  const { ended, written, screen } = terminal(
    ['products', 'seed', '--count', '6000', '--key-prefix', 'bar-', '--yes'],
    {
      columns: 60,
    },
  )
  expect(await ended).toBe(0)
  expect(written()).toMatch(/\[=+-*\] \d+% \d+\/6000 products, \d+\/s, 0:\d\d left/)
  // The bar is redrawn on one line, and the result is on another: both fit a narrow terminal.
  const { lines } = await screen()
  expect(lines).toEqual([
    expect.stringMatching(/^\[=+\] 100% 6000\/6000 products, \d+\/s, 0:00 left$/),
    'Created 6000 products.',
  ])
})

test('it reports that the server does not answer while it retries', async () => {
  const url = await startHttpProxy({ target: shop.url, fateOf: () => 'lose', cleanUp: onTestFinished })
  const { until, ended } = terminal(['points', 'balance', 'mina', '--url', url])
  await until((text) => text === `No answer from ${url}; trying again.`)
  expect(await ended).toBe(3)
})

test.each([
  ['n\r', 1, 'error: Nothing was done.', 0],
  ['\r', 1, 'error: Nothing was done.', 0],
  [CTRL_C, 130, 'Stopped: nothing was done.', 0],
  ['yes\r', 0, 'Created 7 products.', 7],
])('answering %j to the question exits with %i', async (keys, exitCode, last, created) => {
  const before = await shop.countProducts()
  const { type, until, ended, screen } = terminal(['products', 'seed', '--count', '7', '--key-prefix', 'asked-'])
  await until((text) => text.includes('Create 7 products? [y/N]'))
  type(keys)
  expect(await ended).toBe(exitCode)
  expect((await screen()).lines.at(-1)).toBe(last)
  expect(await shop.countProducts()).toBe(before + created)
})

test('cancelling an order and removing a product ask first, and only with yes or --yes are they done', async () => {
  const product = ['products', 'create', '--name', 'Asked \u202etea', '--price', '900', '--stock', '5']
  const { id: productId } = await shop.json<{ id: number }>(...product)
  await shop.json('points', 'charge', 'asked', '1000')
  const jumun = await shop.member('asked')
  const { id } = await jumun.order.place.mutate({ memberId: 'asked', items: [{ productId, quantity: 1 }] })
  const questions: [command: string[], question: string, isDone: () => Promise<boolean>][] = [
    [
      ['orders', 'cancel', id],
      `Cancel order ${id} of asked, and return 900 points? [y/N]`,
      async () => (await jumun.order.byId.query({ orderId: id })).status === 'CANCELLED',
    ],
    [
      ['products', 'remove', `${productId}`],
      `Take product ${productId}, Asked \\u202etea, with a stock of 5, off sale for good? [y/N]`,
      async () => (await jumun.product.list.query({ search: 'Asked' })).items.length === 0,
    ],
  ]
  for (const [command, question, isDone] of questions) {
    const refused = terminal(command, { columns: 120 })
    await refused.until((text) => text.includes(question))
    refused.type('n\r')
    expect(await refused.ended).toBe(1)
    expect(await isDone()).toBe(false)
    const done = terminal([...command, '--yes'], { columns: 120 })
    expect(await done.ended).toBe(0)
    expect(await isDone()).toBe(true)
    expect(done.written()).not.toContain('[y/N]')
  }
})

test('Ctrl-C during a seed stops cleanly and reports what was done', async () => {
  const before = await shop.countProducts()
  const { url, reached } = await startReachedProxy(shop.url, 3)
  const args = ['products', 'seed', '--count', '1000000', '--key-prefix', 'stop-', '--yes', '--url', url]
  const { type, ended, screen } = terminal(args, { columns: 100 })
  await reached
  type(CTRL_C)
  expect(await ended).toBe(130)
  const text = (await screen()).lines.join('\n')
  expect(text).toMatch(/^\[.*\n?Stopping once the running calls end\. Ctrl-C again stops at once\.\nStopped: /)
  const [, created] = /Stopped: (\d+) of 1000000 products were created\./.exec(text) ?? []
  expect(await shop.countProducts()).toBe(before + Number(created))
})

/** Makes the API's reply to a request with one call. */
function answer(data: unknown): Response {
  return Response.json([{ result: { data } }])
}

test('reconciling shows a bar with rate and time left, and Ctrl-C reports what was done', async () => {
  const hung = Promise.withResolvers<void>()
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) => {
      const page = { compared: 500, fresh: 0, differences: [], nextCursor: 'next' }
      if (nth === 1) return answer({ ...page, total: 2_000 })
      if (nth <= 3) return answer(page)
      hung.resolve()
      return 'hang'
    },
    cleanUp: onTestFinished,
  })
  const { type, until, ended, screen } = terminal(['reconcile', '--yes', '--url', url], { columns: 60 })
  await hung.promise
  await until((text) => /^\[=+-+\] 75% 1500\/2000 orders, \d+\/s, \d+:\d\d left/.test(text))
  type(CTRL_C)
  await until((text) => text.includes('Stopping once the running calls end.'))
  await sleep(1_000)
  type(CTRL_C)
  expect(await ended).toBe(130)
  expect((await screen()).lines.join('\n')).toContain('Stopped: 1500 orders were compared')
})

test('checking a large file shows its progress, and Ctrl-C reports that nothing was done', async () => {
  const file = await shop.file('large.csv', `name,price,stock\n${'Tea,1000,1\n'.repeat(3_000_000)}`)
  const { type, until, ended, screen } = terminal(['products', 'seed', '--file', file, '--yes'])
  await until((text) => /^Checking the file: \d+%, \d+ MB\/s, \d+:\d\d left$/.test(text))
  type(CTRL_C)
  expect(await ended).toBe(130)
  expect((await screen()).lines).toEqual(['Stopped: nothing was done.'])
})

test('reading a long list shows how many items have been read', async () => {
  const items = Array.from({ length: 100 }, (_, n) => ({ id: n + 1, name: 'Tea', price: 1, stock: 1 }))
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ nth }) => (nth === 1 ? answer({ items, nextCursor: 'x' }) : 'hang'),
    cleanUp: onTestFinished,
  })
  const { until } = terminal(['products', 'list', '--all', '--url', url])
  await until((text) => /^100 read, 0:\d\d$/.test(text))
})

test('an audit shows the elapsed time until Ctrl-C stops it', async () => {
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ path }) => (path.includes('admin.audit') ? 'hang' : 'pass'),
    cleanUp: onTestFinished,
  })
  const { type, until, ended, screen } = terminal(['audit', '--url', url])
  const times = new Set<string>()
  await until((text) => {
    const [, time] = /^Checking every invariant, (\d:\d\d)$/.exec(text) ?? []
    return times.add(time ?? '').size > 2
  })
  type(CTRL_C)
  expect(await ended).toBe(130)
  expect((await screen()).lines).toEqual(['Stopped: the audit had not finished.'])
})

test.each([60, 100])('a table of Korean names fits %i columns, and its numbers are aligned right', async (columns) => {
  const name = '제주 특선 한라봉 차 '.repeat(8).trim()
  await shop.json('products', 'create', '--name', name, '--price', '1000000000', '--stock', '7')
  await shop.json('products', 'create', '--name', '특선', '--price', '5', '--stock', '123456')
  const { ended, screen } = terminal(['products', 'list', '--search', '특선'], { columns })
  expect(await ended).toBe(0)
  const { lines } = await screen()
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBe(columns)
  expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1)
  expect(lines.find((line) => line.includes('1000000000'))).toMatch(/^ *\d+ {2}- {4}제주.*… {1,3}1000000000 +7$/)
})

test('a table that cannot fit is shown as records of heading and value', async () => {
  await shop.json('points', 'charge', 'narrow', '100')
  const { ended, screen } = terminal(['points', 'history', 'narrow'], { columns: 40 })
  expect(await ended).toBe(0)
  const { lines } = await screen()
  const headings = lines.map((line) => line.split(/ {2,}/)[0])
  expect(headings).toEqual(['ID', 'TIME', 'KIND', 'AMOUNT', 'BALANCE', 'ORDER', 'ACTOR', 'REASON'])
  expect(lines).toContain('AMOUNT   100')
})

test('top redraws in place, follows the terminal size, and restores the terminal at Ctrl-C', async () => {
  // The data platform is down, so the order's event stays in the outbox.
  await shop.setFaults({ status: 503 })
  onTestFinished(() => shop.setFaults({}))
  const jumun = await shop.member('mina')
  await shop.json('points', 'charge', 'mina', '100000')
  const [product] = await shop
    .json<{ id: number }[]>('products', 'create', '--name', '보성 녹차', '--price', '1', '--stock', '9')
    .then((made) => [made].flat())
  const top = terminal(['top', '--interval', '1s'], { columns: 90, rows: 20 })
  await top.until((text) => /Orders +\d/.test(text))
  expect((await top.screen()).isOther).toBe(true)
  await jumun.order.place.mutate({ memberId: 'mina', items: [{ productId: product?.id ?? 0, quantity: 3 }] })
  await top.until((text) => /보성 녹차 +3 +6/.test(text) && /Events +1 waiting/.test(text))
  const { lines } = await top.screen()
  expect(lines.filter((line) => line.startsWith('jumun top'))).toHaveLength(1)
  top.resize(30, 8)
  await top.until((text) => text.split('\n').every((line) => stringWidth(line) <= 30) && text.split('\n').length <= 8)
  top.type(CTRL_C)
  expect(await top.ended).toBe(0)
  const after = await top.screen()
  expect(after.isOther).toBe(false)
  expect(after.lines[0]).toMatch(/^jumun top/)
  // The last cursor sequence shows the cursor again.
  expect(top.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(top.written().lastIndexOf('\u001b[?25l'))
})

test('there are colours on a terminal, and none with NO_COLOR', async () => {
  const args = ['top', '--once', '--interval', '1s']
  const [coloured, plain] = [terminal(args), terminal(args, { env: { NO_COLOR: '1' } })]
  expect(await Promise.all([coloured.ended, plain.ended])).toEqual([0, 0])
  expect(coloured.written()).toMatch(COLOUR)
  expect(plain.written()).toContain('Orders')
  expect(plain.written()).not.toMatch(COLOUR)
})
