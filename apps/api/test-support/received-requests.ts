import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { expect, onTestFinished, vi } from 'vitest'

const RECEIVED_TIMEOUT_MS = 10_000

interface ReceivedRequest {
  server: Server
  request: IncomingMessage
  response: ServerResponse
}

/** The requests that the HTTP servers of this process receive, from this call until the end of the test. */
export function recordReceivedRequests() {
  const received: ReceivedRequest[] = []
  // Node publishes each request when it has read its headers.
  const requests = channel('http.server.request.start')
  const onRequest = (message: unknown) => void received.push(message as ReceivedRequest)
  requests.subscribe(onRequest)
  onTestFinished(() => void requests.unsubscribe(onRequest))
  return {
    received,
    /** Waits until at least this many have been received. */
    until: (count: number) =>
      vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(count), {
        timeout: scaleByLoad(RECEIVED_TIMEOUT_MS),
        interval: 5,
      }),
  }
}
