import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FollowedChange } from '@jumun/contract'
import { useApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { freePort } from '@jumun/test-kit/ports'
import { type Program, startProgram } from '@jumun/test-kit/program'
import { EventSource } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { lockRows } from '../../test-support/lock-rows.ts'
import { call } from '../../test-support/transports.ts'

// Generous, because the machine may be busy.
vi.setConfig({ testTimeout: 120_000 })

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const WRITES = 5
const CALLERS = 4

/** Another process of the API on the same database. */
const other = useApi()

/** Makes a process of the API, which has the same address after each start. */
async function apiProcess(): Promise<{ url: string; start: () => Promise<Program> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'jumun-feed-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const port = await freePort()
  const env = {
    DATA_DIR: dataDir,
    DATABASE_URL: other.databaseUrl,
    PORT: `${port}`,
    DATA_PLATFORM_URL: 'http://127.0.0.1:9',
    AUTH_SECRET: other.authSecret,
    RATE_LIMIT_PER_SECOND: '0',
  }
  const start = async () => {
    const program = startProgram(MAIN, { env, detached: true, cleanUp: onTestFinished })
    await program.waitFor(/"Ready\."/)
    return program
  }
  return { url: `http://127.0.0.1:${port}`, start }
}

/** Follows products as a browser does. Returns the ids of what it gets. */
async function followAsBrowser(url: string): Promise<string[]> {
  const ids: string[] = []
  const source = new EventSource(`${url}/api/events?topics=products`, { node: { reconnectionTime: 100 } })
  onTestFinished(() => source.close())
  source.addEventListener('change', (event) => void ids.push(JSON.parse((event as MessageEvent).data).id))
  await new Promise((resolve) => source.addEventListener('bookmark', resolve))
  return ids
}

/** Follows products by the client. Returns what it gets. */
async function followByClient(url: string): Promise<FollowedChange[]> {
  const got: FollowedChange[] = []
  const stop = new AbortController()
  onTestFinished(() => stop.abort())
  const client = other.client('reader', 'member', { url })
  await new Promise<void>((resolve, reject) => {
    const follow = async () => {
      const onState = ({ state }: { state: string }) => state === 'connected' && resolve()
      for await (const change of client.changes({ topics: ['products'], signal: stop.signal, onState })) {
        expect(change.type).not.toBe('reset')
        if (change.type !== 'reset') got.push(change)
      }
    }
    follow().catch(reject)
  })
  return got
}

/** The ids of the committed changes of products, in the order in which they were written. */
async function committed(productIds: number[]): Promise<string[]> {
  const rows = await other.services.em.execute<{ id: string }[]>(
    `select event->>'id' as id from change, json_array_elements(events) with ordinality as one (event, number)
      where event->'data'->>'productId' in (?) order by change.id, number`,
    [productIds.map(String)],
  )
  return rows.map(({ id }) => id)
}

async function order(productId: number, memberId: string): Promise<void> {
  await other.shop.place({ memberId, items: [{ productId, quantity: 1 }] })
}

test('a browser and the client get every change once while their API process is restarted by SIGTERM and kill -9', async () => {
  const { url, start } = await apiProcess()
  const [productId, memberId] = [await other.shop.product({ stock: 1_000 }), await other.shop.member()]
  const orders = async () => {
    for (let write = 0; write < WRITES; write++) await order(productId, memberId)
  }
  let program = await start()
  const browser = await followAsBrowser(url)
  const client = await followByClient(url)
  const expectAll = async () => {
    const ids = await committed([productId])
    const options = { timeout: scaleByLoad(20_000) }
    await vi.waitFor(() => expect(browser).toEqual(ids), options)
    await vi.waitFor(() => expect(client.map(({ id }) => id)).toEqual(ids), options)
  }
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await orders()
    const ended = program.kill(signal)
    await orders()
    await ended
    await orders()
    program = await start()
    await orders()
    await expectAll()
  }
  expect(browser).toHaveLength(8 * WRITES)
})

test('readers go on while the process that writes is stopped and killed amid its writes, and get what it has committed', async () => {
  const { url, start } = await apiProcess()
  const program = await start()
  const got = await followByClient(other.url)
  const memberId = await other.shop.member()
  const token = await other.token(memberId)
  const [there, here] = [await other.shop.product({ stock: 1_000 }), await other.shop.product({ stock: 1_000 })]
  const orderThere = () =>
    call({
      url,
      via: 'REST',
      name: 'order.place',
      token,
      input: { memberId, items: [{ productId: there, quantity: 1 }] },
    })
  const idsOf = (productId: number) =>
    got.flatMap((change) => (change.type === 'stock.changed' && change.data.productId === productId ? [change.id] : []))
  const expectAll = async (productId: number) => {
    const ids = await committed([productId])
    await vi.waitFor(() => expect(idsOf(productId)).toEqual(ids), { timeout: scaleByLoad(20_000) })
    return ids.length
  }

  expect((await orderThere()).status).toBe(201)
  const lock = await lockRows(other, 'product_stock', 'product_id', [there])
  const waiting = orderThere()
  await lock.untilBlocked()
  program.process.kill('SIGSTOP')
  // Its transaction goes on, and stays open.
  await lock.release()
  const otherMember = await other.shop.member()
  await order(here, otherMember)
  expect(await expectAll(here)).toBe(1)
  program.process.kill('SIGCONT')
  await waiting
  await expectAll(there)

  const callers = Array.from({ length: CALLERS }, async () => {
    for (;;) await orderThere()
  })
  await vi.waitFor(() => expect(idsOf(there).length).toBeGreaterThan(WRITES), { timeout: scaleByLoad(20_000) })
  program.process.kill('SIGKILL')
  for (const caller of await Promise.allSettled(callers)) expect(caller.status).toBe('rejected')
  await order(here, otherMember)
  expect(await expectAll(here)).toBe(2)
  expect(await expectAll(there)).toBeGreaterThan(WRITES)
  expect(new Set(got.map(({ id }) => id)).size).toBe(got.length)
})
