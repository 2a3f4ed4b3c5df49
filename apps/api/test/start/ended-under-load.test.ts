import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokenInvariants } from '@jumun/domain/test-support'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AUTH_SECRET, useApi } from '../../test-support/api.ts'
import { expectProblem } from '../../test-support/expect-problem.ts'
import { type Program, runProgram } from '../../test-support/program.ts'
import { call, type Reply } from '../../test-support/transports.ts'
import { newMember, newProduct } from '../../test-support/world.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')

const SHOPPERS = 16
const ORDERS_BEFORE = 100

/** The process beside the one that ends, on the same database: whoever is told nothing asks here. */
const other = useApi()

async function startProcess(): Promise<{ program: Program; url: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-ended-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: other.databaseUrl,
    PORT: '0',
    DATA_PLATFORM_URL: 'http://127.0.0.1:9',
    AUTH_SECRET,
    RATE_LIMIT_PER_SECOND: '0',
  }
  const program = runProgram(MAIN, { env })
  await program.waitFor(/"Ready\."/)
  const url = /"url":"([^"]+)"/.exec(program.stdout)?.[1] ?? ''
  return { program, url }
}

/** An order that somebody wants, and what they were told; undefined if the connection broke. */
interface Wish {
  memberId: string
  key: string
  told: Reply | undefined
}

async function place(url: string, memberId: string, productId: number, idempotencyKey: string): Promise<Reply> {
  const input = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey }
  return call({ url, via: 'REST', name: 'order.place', input, token: await other.token(memberId) })
}

/** Orders one after the other until one is not placed. */
async function shop(url: string, productId: number, wishes: Wish[]): Promise<void> {
  const memberId = await newMember(other)
  let told: Reply | undefined
  do {
    const key = randomUUID()
    told = await place(url, memberId, productId, key).catch((error) => {
      expect(error).toBeInstanceOf(TypeError)
      return undefined
    })
    wishes.push({ memberId, key, told })
  } while (told?.status === 201)
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a process that %s ends under load loses no order that it told of, and a retry elsewhere makes none twice',
  async (signal) => {
    const { program, url } = await startProcess()
    const productId = await newProduct(other, { price: 1, stock: 1_000_000 })
    const wishes: Wish[] = []
    const shoppers = Array.from({ length: SHOPPERS }, () => shop(url, productId, wishes))
    await vi.waitFor(() => expect(wishes.length).toBeGreaterThan(ORDERS_BEFORE), { timeout: 60_000 })
    program.process.kill(signal)
    await Promise.all(shoppers)
    expect(await program.end).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal })

    for (const { memberId, key, told } of wishes) {
      const again = await place(other.url, memberId, productId, key)
      expect(again.status).toBe(201)
      const replayed = again.headers.get('idempotent-replayed') === 'true'
      if (told?.status === 201)
        expect({ replayed, answer: again.answer }).toEqual({ replayed: true, answer: told.answer })
      else if (told) expectProblem(told, 'UNAVAILABLE')
      // Whoever stops in an orderly way has told of everything that was done.
      if (told?.status !== 201 && signal === 'SIGTERM') expect(replayed).toBe(false)
    }
    const [orders] = await other.services.em.execute<[{ count: number }]>(
      `select count(*)::int as count from order_line where product_id = ?`,
      [productId],
    )
    expect(orders.count).toBe(wishes.length)
    expect(await brokenInvariants(other.services.em)).toEqual({})
  },
)
