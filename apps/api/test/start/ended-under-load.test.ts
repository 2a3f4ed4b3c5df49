import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { useApi } from '@jumun/test-kit/api'
import { brokenInvariants } from '@jumun/test-kit/invariants'
import { type Program, startProgram } from '@jumun/test-kit/program'
import { expect, onTestFinished, test, vi } from 'vitest'
import { expectProblem } from '../../test-support/expect-problem.ts'
import { lockRows } from '../../test-support/lock-rows.ts'
import { call, type Reply } from '../../test-support/transports.ts'
import { newMember, newProduct } from '../../test-support/world.ts'

// A busy machine must not fail it.
vi.setConfig({ testTimeout: 120_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')

const SHOPPERS = 16
const ORDERS_BEFORE = 100
const STILL_MS = 200

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
    AUTH_SECRET: other.authSecret,
    RATE_LIMIT_PER_SECOND: '0',
  }
  const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
  await program.waitFor(/"Ready\."/)
  const url = /"url":"([^"]+)"/.exec(program.stdout)?.[1] ?? ''
  return { program, url }
}

/** An order that somebody wants, and what they were told: nothing yet, nothing ever, or the reply. */
interface Wish {
  memberId: string
  key: string
  told: Reply | 'nothing' | undefined
}

async function place(url: string, { memberId, key }: Wish, productId: number): Promise<Reply> {
  const input = { memberId, items: [{ productId, quantity: 1 }], idempotencyKey: key }
  return call({ url, via: 'REST', name: 'order.place', input, token: await other.token(memberId) })
}

const isPlaced = ({ told }: Wish) => typeof told === 'object' && told.status === 201

/** Orders one after the other until one is not placed. */
async function shop(url: string, productId: number, wishes: Wish[]): Promise<void> {
  const memberId = await newMember(other)
  let wish: Wish
  do {
    wish = { memberId, key: randomUUID(), told: undefined }
    wishes.push(wish)
    wish.told = await place(url, wish, productId).catch((error) => {
      expect(error).toBeInstanceOf(TypeError)
      return 'nothing' as const
    })
  } while (isPlaced(wish))
}

/** Until every shopper waits for an order that is in the works. */
async function untilAllWait(wishes: Wish[]): Promise<Wish[]> {
  let before: number
  do {
    before = wishes.length
    await sleep(STILL_MS)
  } while (wishes.length > before)
  return wishes.filter(({ told }) => told === undefined)
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a process that %s ends in the middle of orders loses none that it told of, and retries elsewhere make none twice',
  async (signal) => {
    const { program, url } = await startProcess()
    const productId = await newProduct(other, { price: 1, stock: 1_000_000 })
    const wishes: Wish[] = []
    const shoppers = Array.from({ length: SHOPPERS }, () => shop(url, productId, wishes))
    await vi.waitFor(() => expect(wishes.length).toBeGreaterThan(ORDERS_BEFORE), { timeout: 60_000 })
    const release = await lockRows(other, 'product_stock', 'product_id', [productId])
    const underWay = await untilAllWait(wishes)
    expect(underWay).toHaveLength(SHOPPERS)
    program.process.kill(signal)
    await sleep(STILL_MS)
    await release()
    await Promise.all(shoppers)
    expect(await program.end).toEqual(signal === 'SIGTERM' ? { code: 0, signal: null } : { code: null, signal })
    // Whoever stops in an orderly way finishes what is under way.
    expect(underWay.filter(isPlaced)).toHaveLength(signal === 'SIGTERM' ? SHOPPERS : 0)

    for (const wish of wishes) {
      const again = await place(other.url, wish, productId)
      expect(again.status).toBe(201)
      if (typeof wish.told !== 'object') continue
      if (!isPlaced(wish)) expectProblem(wish.told, 'UNAVAILABLE')
      else expect(again.answer).toEqual(wish.told.answer)
    }
    const [orders] = await other.services.em.execute<[{ count: number }]>(
      'select count(*)::int as count from order_line where product_id = ?',
      [productId],
    )
    expect(orders.count).toBe(wishes.length)
    expect(await brokenInvariants(other.services.em)).toEqual({})
  },
)
