import { startHttpProxy } from '@jumun/test-kit/http-proxy'
import { expect, onTestFinished, test } from 'vitest'
import { measure } from '../src/commands/top/measure.ts'
import { parseMetrics } from '../src/commands/top/parse-metrics.ts'
import { useShop } from '../test-support/shop.ts'

const shop = useShop()

test("Prometheus' text format is parsed with all that it allows", () => {
  const text = [
    '# HELP http_requests_total The total.',
    '# TYPE http_requests_total counter',
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    '',
    'msdos{path="C:\\\\DIR\\\\F\\"x\\",}{.TXT",error="a\\nb",} 1.458e+09',
    'plain 12.47',
    'weird{problem="division by zero"} +Inf -3982045',
    'none NaN',
  ].join('\n')
  expect(parseMetrics(text)).toEqual([
    { name: 'http_requests_total', labels: { method: 'post', code: '200' }, value: 1_027 },
    { name: 'msdos', labels: { path: 'C:\\DIR\\F"x",}{.TXT', error: 'a\nb' }, value: 1.458e9 },
    { name: 'plain', labels: {}, value: 12.47 },
    { name: 'weird', labels: { problem: 'division by zero' }, value: Infinity },
    { name: 'none', labels: {}, value: Number.NaN },
  ])
  for (const bad of ['<html>', 'a{b} 1', 'a{b="c} 1', '1a 1']) expect(() => parseMetrics(bad)).toThrow('not ')
})

function scrape(at: number, [placed, cancelled, fast, slow]: [number, number, number, number]) {
  return {
    at,
    samples: parseMetrics(`
jumun_orders_total{call="order.place",outcome="ok"} ${placed}
jumun_orders_total{call="order.place",outcome="OUT_OF_STOCK"} 500
jumun_orders_total{call="order.cancel",outcome="ok"} ${cancelled}
jumun_call_duration_seconds_bucket{le="0.005",procedure="order.place",outcome="ok"} ${fast}
jumun_call_duration_seconds_bucket{le="1",procedure="order.place",outcome="ok"} ${fast + slow}
jumun_call_duration_seconds_bucket{le="+Inf",procedure="order.place",outcome="ok"} ${fast + slow}
jumun_call_duration_seconds_bucket{le="+Inf",procedure="product.list",outcome="ok"} 7
jumun_call_duration_seconds_count{procedure="order.place",outcome="ok"} ${fast + slow}
jumun_events_waiting 3
jumun_events_oldest_age_seconds NaN`),
  }
}

test('rates and latencies are computed between two scrapes', () => {
  const first = scrape(1_000, [100, 5, 1_000, 0])
  const second = scrape(3_000, [150, 50, 1_045, 5])
  const still = { eventsWaiting: 3, oldestEventSeconds: null }
  const unknown = { ordersPerSecond: null, callsPerSecond: null, orderLatencyMs: { p50: null, p99: null } }
  expect(measure(undefined, first)).toEqual({ ...unknown, ...still })
  expect(measure(first, second)).toEqual({
    ordersPerSecond: 25,
    callsPerSecond: 25,
    orderLatencyMs: { p50: 5, p99: 1_000 },
    ...still,
  })
  // A restarted process counts from zero.
  expect(measure(second, scrape(4_000, [7, 0, 7, 0]))).toMatchObject({ ordersPerSecond: 7, orderLatencyMs: { p99: 5 } })
})

test('without a terminal one plain frame is printed', async () => {
  const { stdout, stderr, exitCode } = await shop.run('top', '--interval', '1s')
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  for (const part of ['jumun top', 'Orders      0.0/s', 'Events      0 waiting', 'RANK']) expect(stdout).toContain(part)
  expect(stdout).not.toContain('\u001b')
})

test('top shows the result of an audit: all hold, one is broken, or the caller may not audit', async () => {
  const once = ['top', '--once', '--interval', '1s']
  const member = ['--token', await shop.token('mina', 'member')]
  await shop.json('points', 'charge', 'mina', '5')
  expect(await shop.json(...once)).toMatchObject({ invariants: { state: 'known', holds: true, broken: [] } })
  expect((await shop.run(...once, ...member)).stdout).toMatch(/Invariants {2}cannot be checked: \w/)
  expect((await shop.run(...once, '--no-audit')).stdout).toContain('Invariants  not checked')
  await shop.sql('update point_account set balance = balance + 1')
  expect((await shop.run(...once)).stdout).toMatch(/Invariants {2}BROKEN: [\w-]+ \(1\)/)
})

test('with --json every frame is a line until Ctrl-C', async () => {
  const { child, ended } = shop.start('top', '--interval', '1s', '--json')
  const lines: string[] = []
  child.stdout?.on('data', (data) => {
    lines.push(...String(data).split('\n').filter(Boolean))
    if (lines.length === 2) child.kill('SIGINT')
  })
  expect(await ended).toMatchObject({ stderr: '', exitCode: 0 })
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [1, 2].map(() => expect.objectContaining({ ordersPerSecond: 0, eventsWaiting: 0, popular: [] })),
  )
})

test('an unreachable server and unreadable metrics are reported', async () => {
  const gone = await shop.run('top', '--once', '--url', 'http://127.0.0.1:9')
  expect(gone.stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:9\/metrics cannot be read: /)
  const url = await startHttpProxy({
    target: shop.url,
    fateOf: ({ path }) => (path === '/metrics' ? new Response('<html>') : 'pass'),
    cleanUp: onTestFinished,
  })
  const other = await shop.run('top', '--once', '--url', url)
  expect(other.stderr).toContain('/metrics cannot be read: not a metric: <html>')
  expect([gone.exitCode, other.exitCode]).toEqual([3, 3])
})
