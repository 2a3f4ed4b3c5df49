import { useApi } from '@jumun/test-kit/api'
import { expect, test } from 'vitest'
import { countedAddress } from '../src/http/caller-address.ts'
import { freezeClock } from '../test-support/frozen-clock.ts'

const LIMIT = 5
const limit = { RATE_LIMIT_PER_SECOND: String(LIMIT) }

const behindOne = useApi({ settings: { ...limit, TRUST_PROXY: '1' } })
const behindLocal = useApi({ settings: { ...limit, TRUST_PROXY: '127.0.0.0/8, ::1, 10.0.0.0/8' } })
const behindOthers = useApi({ settings: { ...limit, TRUST_PROXY: '192.0.2.0/24' } })

freezeClock()

/** Sends a request for each `X-Forwarded-For`, and counts those that are not refused. */
async function served(api: typeof behindOne, forwardedFor: string[]): Promise<number> {
  let count = 0
  for (const address of forwardedFor) {
    const headers = { 'x-forwarded-for': address, forwarded: 'for=192.0.2.60', 'x-real-ip': '192.0.2.61' }
    if ((await fetch(`${api.url}/api/product`, { headers })).status === 200) count++
  }
  return count
}

const hosts = (count: number) => Array.from({ length: count }, (_, host) => (host + 1).toString(16))

test('40 addresses of one IPv6 /64 network have one limit, and those of other networks their own', async () => {
  expect(
    await served(
      behindOne,
      hosts(40).map((host) => `2001:db8:0:1::${host}`),
    ),
  ).toBe(LIMIT)
  expect(
    await served(
      behindOne,
      hosts(8).map((host) => `2001:db8:0:${host}2::1`),
    ),
  ).toBe(8)
})

test('behind one proxy, callers are counted by the last address that it forwards, whatever they send before it', async () => {
  expect(
    await served(
      behindOne,
      hosts(8).map((host) => `198.51.100.${host}, 203.0.113.1`),
    ),
  ).toBe(LIMIT)
  expect(
    await served(
      behindOne,
      hosts(8).map((host) => `203.0.113.9, 198.51.100.${host}`),
    ),
  ).toBe(8)
})

test('behind proxies with known addresses, callers are counted by the last address that is not theirs', async () => {
  expect(
    await served(
      behindLocal,
      hosts(8).map((host) => `203.0.113.${host}, 10.1.2.3`),
    ),
  ).toBe(8)
  expect(
    await served(
      behindLocal,
      hosts(8).map((host) => `203.0.113.${host}, 198.51.100.1, 10.1.2.3`),
    ),
  ).toBe(LIMIT)
})

test('X-Forwarded-For from another address than that of a known proxy is ignored', async () => {
  expect(
    await served(
      behindOthers,
      hosts(8).map((host) => `203.0.113.${host}`),
    ),
  ).toBe(LIMIT)
})

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['::ffff:cb00:7107', '203.0.113.7'],
  ['203.0.113.7:50000', '203.0.113.7'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
  ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
  ['[2001:db8::1]:50000', '2001:db8:0:0::/64'],
  ['[2001:db8::1]', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['unknown', '192.0.2.1'],
  ['_hidden', '192.0.2.1'],
  ['', '192.0.2.1'],
  ['1', '192.0.2.1'],
  ['0x7f.1', '192.0.2.1'],
])('the address %s is counted as %s', (address, counted) => {
  expect(countedAddress(address, '192.0.2.1')).toBe(counted)
})
