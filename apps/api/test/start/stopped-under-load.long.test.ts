import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { type Program, startProgram } from '@jumun/test-kit/program'
import { expect, onTestFinished, test, vi } from 'vitest'
import { expectProblem } from '../../test-support/expect-problem.ts'
import { newMember, newProduct } from '../../test-support/fixtures.ts'
import { lockRows } from '../../test-support/lock-rows.ts'
import { call, type Reply } from '../../test-support/transports.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')

const CALLERS = 16
const ORDERS_BEFORE = 100
const ARRIVAL_MS = 200

/** A second API on the same database, to which callers without a reply send their retries. */
const other = useApi()

async function startProcess(): Promise<{ program: Program; url: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-ended-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: other.databaseUrl,
    PORT: '0',
    DATA_PLATFORM_URL: 'http://127.0.0.1:9',
    AUTH_SECRET: other.authSecret,
    RATE_LIMIT_PER_SECOND: '0',
  }
  const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
  await program.waitFor(/"Ready\."/)
  const url = /"url":"([^"]+)"/.exec(program.stdout)?.[1] ?? ''
  return { program, url }
}

/** A call that places an order, and its reply: none yet, none because the connection broke, or a response. */
interface Attempt {
  memberId: string
  key: string
  reply: Reply | 'none' | undefined
}

async function place(url: string, { memberId, key }: Attempt, productId: number): Promise<Reply> {
  const input = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: key }
  return call({ url, via: 'REST', name: 'order.place', input, token: await other.token(memberId) })
}

const isPlaced = ({ reply }: Attempt) => typeof reply === 'object' && reply.status === 201

/** Places one order after the other until one fails. */
async function placeUntilFailure(url: string, productId: number, attempts: Attempt[]): Promise<void> {
  const memberId = await newMember(other)
  let attempt: Attempt
  do {
    attempt = { memberId, key: randomUUID(), reply: undefined }
    attempts.push(attempt)
    attempt.reply = await place(url, attempt, productId).catch((error) => {
      expect(error).toBeInstanceOf(TypeError)
      return 'none' as const
    })
  } while (isPlaced(attempt))
}

/**
 * Waits until each caller waits for a reply to an order that the database has not committed. Call it while the product is
 * locked, because then no further order can be committed.
 */
async function untilAllWait(attempts: Attempt[], productId: number): Promise<Attempt[]> {
  const committed = await countOrders(productId)
  const timeout = scaleByLoad(20_000)
  await vi.waitFor(() => expect(attempts.length).toBe(committed + CALLERS), { timeout })
  // No event shows that the API has received the last calls. Not scaled: orders wait for the lock 1.4 s at most.
  await sleep(ARRIVAL_MS)
  return attempts.filter(({ reply }) => reply === undefined)
}

async function countOrders(productId: number): Promise<number> {
  const [orders] = await other.services.em.execute<[{ count: number }]>(
    'select count(*)::int as count from order_line where product_id = ?',
    [productId],
  )
  return orders.count
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a process that ends by %s while it places orders loses no confirmed order, and retries at another process duplicate none',
  async (signal) => {
    const { program, url } = await startProcess()
    const productId = await newProduct(other, { price: 1, stock: 1_000_000 })
    const attempts: Attempt[] = []
    const callers = Array.from({ length: CALLERS }, () => placeUntilFailure(url, productId, attempts))
    await vi.waitFor(() => expect(attempts.length).toBeGreaterThan(ORDERS_BEFORE), {
      timeout: scaleByLoad(60_000),
    })
    const lock = await lockRows(other, 'product_stock', 'product_id', [productId])
    const running = await untilAllWait(attempts, productId)
    expect(running).toHaveLength(CALLERS)
    program.process.kill(signal)
    const expectClosed = () => expect(fetch(`${url}/livez`)).rejects.toThrow('fetch failed')
    await vi.waitFor(expectClosed, { timeout: scaleByLoad(5_000), interval: 20 })
    await lock.release()
    await Promise.all(callers)
    expect(await program.end).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal })
    // A graceful stop finishes the running calls.
    expect(running.filter(isPlaced)).toHaveLength(signal === 'SIGTERM' ? CALLERS : 0)

    for (const attempt of attempts) {
      const retry = await place(other.url, attempt, productId)
      expect(retry.status).toBe(201)
      if (typeof attempt.reply !== 'object') continue
      if (!isPlaced(attempt)) expectProblem(attempt.reply, 'UNAVAILABLE')
      else expect(retry.answer).toEqual(attempt.reply.answer)
    }
    expect(await countOrders(productId)).toBe(attempts.length)
    expect(await brokenInvariants(other.services.em)).toEqual({})
  },
)
