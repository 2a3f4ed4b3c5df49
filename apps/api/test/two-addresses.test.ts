import dns from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { startTestApi } from '@jumun/test-kit/api'
import { useTestDatabase } from '@jumun/test-kit/test-database'
import { until } from '@jumun/test-kit/until'
import { expect, test, vi } from 'vitest'
import { newMember } from '../test-support/fixtures.ts'
import { lockRows } from '../test-support/lock-rows.ts'
import { sendBytes } from '../test-support/send-bytes.ts'

const database = useTestDatabase()

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)
/** Linux has all of 127.0.0.0/8. */
const SECOND = hasIpv6 ? '::1' : '127.0.0.2'

/** As a machine has where `localhost` has two addresses. */
const addresses = [
  { address: '127.0.0.1', family: 4 },
  { address: SECOND, family: SECOND.includes(':') ? 6 : 4 },
]

test('HOST=localhost has the same answers and the same draining at each address of that name', async () => {
  const lookup = vi.spyOn(dns, 'lookup').mockResolvedValueOnce(addresses as never)
  const api = await startTestApi(database.url, { settings: { HOST: 'localhost' } })
  expect(lookup).toHaveBeenCalledWith('localhost', { all: true })
  lookup.mockRestore()
  const { hostname, port } = new URL(api.url)
  expect(hostname).toBe('127.0.0.1')
  const second = `http://${SECOND.includes(':') ? `[${SECOND}]` : SECOND}:${port}`
  const withoutIds = (text: string) => text.replace(/[\da-f-]{36}/g, '')
  for (const bytes of ['hello\r\n\r\n', `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(40_000)}\r\n\r\n`]) {
    const [one, other] = [await sendBytes(api.url, bytes), await sendBytes(second, bytes)]
    expect(other.problem?.code).toBe(one.problem?.code)
    expect(withoutIds(other.text)).toBe(withoutIds(one.text))
    expect([...other.headers.keys()]).toEqual([...one.headers.keys()])
  }

  const memberId = await newMember(api, 5)
  const lock = await lockRows(api, 'point_account', 'member_id', [memberId])
  const headers = { authorization: `Bearer ${await api.token(memberId)}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ memberId, amount: 2 })
  const slow = fetch(`${second}/api/point/use`, { method: 'PATCH', headers, body })
  await lock.untilBlocked()
  const closing = api.close()
  await until(async () => {
    const socket = connect(Number(port), SECOND)
    await expect(once(socket, 'connect').finally(() => socket.destroy())).rejects.toThrow('ECONNREFUSED')
  })
  await lock.release()
  expect(await (await slow).json()).toEqual({ memberId, balance: 3 })
  await closing
})
