import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { expect, onTestFinished, test, vi } from 'vitest'
import { recordReceivedRequests } from '../../test-support/received-requests.ts'

const api = useApi()

/** Each stream is written to once in these. */
const BEATS_MS = 14_000

test('a reader that takes nothing more is closed by the second beat, and one that reads is not', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  onTestFinished(() => void vi.useRealTimers())
  const { hostname, port } = new URL(api.url)
  const requests = recordReceivedRequests()
  const sockets = [0, 1].map(() => connect(Number(port), hostname))
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()))
  const [stuck, reading] = sockets
  stuck?.pause()
  reading?.resume()
  for (const [index, socket] of sockets.entries()) {
    socket.write('GET /api/events HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    await requests.until(index + 1)
  }
  const [toStuck, toReading] = requests.received.map(({ response }) => response)
  if (!toStuck || !toReading) expect.unreachable()
  await until(() => toStuck.headersSent && toReading.headersSent)
  await fill(toStuck)
  for (let beats = 1; beats <= 3; beats++) {
    vi.advanceTimersByTime(BEATS_MS)
    expect([beats, toStuck.destroyed]).toEqual([beats, beats > 1])
    await until(() => toReading.writableLength === 0)
  }
  expect(toReading.destroyed).toBe(false)
})

/** Waits until something is so, some turns at least. Not by timers, of which some are fake. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20 || !isSo(); turn++) await setImmediate()
}

/** Writes comments until the connection takes no more. */
async function fill(response: ServerResponse): Promise<void> {
  const comment = `:${'x'.repeat(100_000)}\n\n`
  for (let left = 0; left < 10; left = response.writableLength > 0 ? left + 1 : 0) {
    if (response.writableLength === 0) response.write(comment)
    await setImmediate()
  }
}
