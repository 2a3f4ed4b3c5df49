import { expect, test, vi } from 'vitest'
import { useApi } from '../test-support/api.ts'

const api = useApi()

const CALLERS = 200

async function flood(path: string): Promise<void> {
  const responses = await Promise.all(Array.from({ length: CALLERS }, () => fetch(api.url + path)))
  for (const response of responses) {
    expect(response.status).toBe(200)
    await response.body?.cancel()
  }
}

test('a flood of scrapes reads the backlog of events a few times only', async () => {
  const queries = vi.spyOn(api.services.database.em, 'execute')
  await flood('/metrics')
  const reads = queries.mock.calls.filter(([sql]) => String(sql).includes('"oldestSeconds"'))
  expect(reads.length).toBeGreaterThan(0)
  // Without sharing, two a scrape.
  expect(reads.length).toBeLessThan(CALLERS)
  queries.mockRestore()
})

test('a flood of questions for readiness asks the database a few times only', async () => {
  const asked = vi.spyOn(api.services, 'isReady')
  await flood('/readyz')
  expect(asked.mock.calls.length).toBeGreaterThan(0)
  expect(asked.mock.calls.length).toBeLessThan(CALLERS / 2)
  asked.mockRestore()
})
