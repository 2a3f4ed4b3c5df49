import { useApi } from '@jumun/test-kit/api'
import { expect, test, vi } from 'vitest'
import { recordReceivedRequests } from '../test-support/received-requests.ts'

const isReady = vi.fn<() => Promise<boolean>>()
const api = useApi({ replace: () => ({ isReady }) })

const CALLERS = 200

/** Sends all requests at once. */
async function flood(path: string): Promise<void> {
  const responses = await Promise.all(Array.from({ length: CALLERS }, () => fetch(api.url + path)))
  for (const response of responses) {
    expect(response.status).toBe(200)
    await response.body?.cancel()
  }
}

test('a flood of /metrics causes only a few database queries', async () => {
  const requests = recordReceivedRequests()
  const { em } = api.services.database
  const execute = em.execute.bind(em)
  const queries = vi.spyOn(em, 'execute').mockImplementation(async (...query) => {
    await requests.until(CALLERS)
    return execute(...query)
  })
  await flood('/metrics')
  const reads = queries.mock.calls.filter(([sql]) => String(sql).includes('"oldestSeconds"'))
  expect(reads.length).toBeGreaterThan(0)
  // Without single flight there are two for each request.
  expect(reads.length).toBeLessThan(CALLERS / 2)
  queries.mockRestore()
})

test('a flood of /readyz causes only a few database queries', async () => {
  const requests = recordReceivedRequests()
  isReady.mockImplementation(async () => {
    await requests.until(CALLERS)
    return true
  })
  await flood('/readyz')
  expect(isReady.mock.calls.length).toBeGreaterThan(0)
  expect(isReady.mock.calls.length).toBeLessThan(CALLERS / 2)
})
