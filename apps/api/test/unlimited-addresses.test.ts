import { setTimeout as sleep } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { expect, test, vi } from 'vitest'

const api = useApi()

const CALLERS = 200

/** So that callers meet one that is being answered, however fast the database is. */
const ANSWER_MS = 100

async function flood(path: string): Promise<void> {
  const responses = await Promise.all(Array.from({ length: CALLERS }, () => fetch(api.url + path)))
  for (const response of responses) {
    expect(response.status).toBe(200)
    await response.body?.cancel()
  }
}

test('a flood of /metrics asks the database a few times only', async () => {
  const { em } = api.services.database
  const execute = em.execute.bind(em)
  const queries = vi.spyOn(em, 'execute').mockImplementation(async (...query) => {
    await sleep(ANSWER_MS)
    return execute(...query)
  })
  await flood('/metrics')
  const reads = queries.mock.calls.filter(([sql]) => String(sql).includes('"oldestSeconds"'))
  expect(reads.length).toBeGreaterThan(0)
  // Without sharing, two a scrape.
  expect(reads.length).toBeLessThan(CALLERS / 2)
  queries.mockRestore()
})

test('a flood of /readyz asks the database a few times only', async () => {
  const asked = vi.spyOn(api.services, 'isReady').mockImplementation(() => sleep(ANSWER_MS, true))
  await flood('/readyz')
  expect(asked.mock.calls.length).toBeGreaterThan(0)
  expect(asked.mock.calls.length).toBeLessThan(CALLERS / 2)
  asked.mockRestore()
})
