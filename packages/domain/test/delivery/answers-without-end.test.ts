import { createServer, type ServerResponse } from 'node:http'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { DeliveryError } from '../../src/delivery/data-platform.ts'
import { sendEvents } from '../../src/delivery/send-events.ts'
import { SECRET } from './support/data-platform.ts'

const TIMEOUT_MS = scaleByLoad(300)
const LONG_TIMEOUT_MS = scaleByLoad(10_000)

let closeServer: (() => Promise<unknown>) | undefined
afterEach(() => closeServer?.())

/** Sends an event to a real server that answers with `answer`, and returns the error and the time it took. */
async function failureOf(
  answer: (response: ServerResponse) => void,
  timeoutMs = TIMEOUT_MS,
): Promise<{ message: string; ms: number }> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(response))
  })
  const { url, close } = await listenOnLoopback(server)
  closeServer = close
  const started = performance.now()
  const platform = { url, secret: SECRET }
  const sent = sendEvents(platform, ['{}'], AbortSignal.timeout(timeoutMs))
  const error = await sent.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(DeliveryError)
  return { message: error instanceof Error ? error.message : '', ms: performance.now() - started }
}

/** Writes without end, as fast as the client reads. */
function writeForever(response: ServerResponse) {
  const part = `${' '.repeat(16_384)}`
  const write = () => {
    while (response.write(part));
  }
  response.on('drain', write)
  write()
}

test('an answer that begins in time and never ends is abandoned at the timeout', async () => {
  const { message, ms } = await failureOf((response) => response.write('{"accepted":['))
  expect(message).toBe('The data platform did not finish its answer in time.')
  expect(ms).toBeGreaterThan(TIMEOUT_MS - 20)
  expect(ms).toBeLessThan(TIMEOUT_MS + scaleByLoad(1_000))
})

test('an endless answer is read only up to a size limit', async () => {
  const { message, ms } = await failureOf(writeForever, LONG_TIMEOUT_MS)
  expect(message).toBe('The data platform gave an answer that is not one.')
  expect(ms).toBeLessThan(LONG_TIMEOUT_MS / 2)
})

test('the body of an error answer is not read to its end', async () => {
  const { message, ms } = await failureOf((response) => {
    response.writeHead(500)
    writeForever(response)
  }, LONG_TIMEOUT_MS)
  expect(message).toBe('The data platform answered 500.')
  expect(ms).toBeLessThan(LONG_TIMEOUT_MS / 2)
})

test('an error answer whose connection breaks halfway is reported by its status', async () => {
  const { message } = await failureOf((response) => {
    response.writeHead(500, { 'content-length': 1_000 })
    response.write('half', () => response.destroy())
  })
  expect(message).toBe('The data platform answered 500.')
})

test('an answer whose connection breaks halfway is invalid', async () => {
  const { message } = await failureOf((response) => {
    response.writeHead(200, { 'content-length': 1_000 })
    response.write('{"accepted":[', () => response.destroy())
  })
  expect(message).toBe('The data platform gave an answer that is not one.')
})

test('a server that sends nothing is abandoned at the timeout', async () => {
  const { message, ms } = await failureOf(() => {})
  expect(message).toBe('The data platform did not answer in time.')
  expect(ms).toBeLessThan(TIMEOUT_MS + scaleByLoad(1_000))
})

test('an error answer whose body broke before it was read is reported by its status', async () => {
  const broken = new ReadableStream({ start: (body) => body.error(new Error('cut')) })
  const fetching = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(broken, { status: 503 }))
  onTestFinished(() => fetching.mockRestore())
  const sent = sendEvents({ url: 'http://platform.test', secret: SECRET }, ['{}'], AbortSignal.timeout(TIMEOUT_MS))
  await expect(sent).rejects.toThrow('The data platform answered 503.')
})
