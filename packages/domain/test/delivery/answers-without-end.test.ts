import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { DeliveryError } from '../../src/delivery/data-platform.ts'
import { sendEvents } from '../../src/delivery/send-events.ts'
import { SECRET } from './support/data-platform.ts'

const TIMEOUT_MS = 300
const LONG_TIMEOUT_MS = 10_000

let end: (() => Promise<unknown>) | undefined
afterEach(() => end?.())

/** Sends an event to a real server that answers like this, and tells how that failed. */
async function failureOf(
  answer: (response: ServerResponse) => void,
  timeoutMs = TIMEOUT_MS,
): Promise<{ message: string; ms: number }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  end = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  const { port } = server.address() as AddressInfo
  const begun = performance.now()
  const platform = { url: `http://127.0.0.1:${port}`, secret: SECRET }
  const sent = sendEvents(platform, ['{}'], AbortSignal.timeout(timeoutMs))
  const error = await sent.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(DeliveryError)
  return { message: error instanceof Error ? error.message : '', ms: performance.now() - begun }
}

/** Writes as long as it is read. */
function writeForever(response: ServerResponse) {
  const part = `${' '.repeat(16_384)}`
  const write = () => {
    while (response.write(part));
  }
  response.on('drain', write)
  write()
}

test('an answer that begins in time and never ends is given up at the timeout', async () => {
  const { message, ms } = await failureOf((response) => response.write('{"accepted":['))
  expect(message).toBe('The data platform did not finish its answer in time.')
  expect(ms).toBeGreaterThan(TIMEOUT_MS - 20)
  expect(ms).toBeLessThan(TIMEOUT_MS + 1_000)
})

test('an endless answer is read up to a limit only', async () => {
  const { message, ms } = await failureOf(writeForever, LONG_TIMEOUT_MS)
  expect(message).toBe('The data platform gave an answer that is not one.')
  expect(ms).toBeLessThan(LONG_TIMEOUT_MS / 2)
})

test('what comes with an error is not waited for', async () => {
  const { message, ms } = await failureOf((response) => {
    response.writeHead(500)
    writeForever(response)
  }, LONG_TIMEOUT_MS)
  expect(message).toBe('The data platform answered 500.')
  expect(ms).toBeLessThan(LONG_TIMEOUT_MS / 2)
})

test('a connection that breaks in the middle of an error does no harm', async () => {
  const { message } = await failureOf((response) => {
    response.writeHead(500, { 'content-length': 1_000 })
    response.write('half', () => response.destroy())
  })
  expect(message).toBe('The data platform answered 500.')
})

test('a connection that breaks in the middle of an answer is no answer', async () => {
  const { message } = await failureOf((response) => {
    response.writeHead(200, { 'content-length': 1_000 })
    response.write('{"accepted":[', () => response.destroy())
  })
  expect(message).toBe('The data platform gave an answer that is not one.')
})

test('a server that says nothing at all is given up at the timeout', async () => {
  const { message, ms } = await failureOf(() => {})
  expect(message).toBe('The data platform did not answer in time.')
  expect(ms).toBeLessThan(TIMEOUT_MS + 1_000)
})

test('an error whose body had broken before anybody looked at it is an answer all the same', async () => {
  const broken = new ReadableStream({ start: (body) => body.error(new Error('cut')) })
  const fetching = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(broken, { status: 503 }))
  onTestFinished(() => fetching.mockRestore())
  const sent = sendEvents({ url: 'http://platform.test', secret: SECRET }, ['{}'], AbortSignal.timeout(TIMEOUT_MS))
  await expect(sent).rejects.toThrow('The data platform answered 503.')
})
