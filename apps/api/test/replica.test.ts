import { startTestApi, type TestApi } from '@jumun/test-kit/api'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { type ReplicatedPair, startReplicatedPair } from '@jumun/test-kit/replicated-pair'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { afterEach, beforeAll, expect, inject, test, vi } from 'vitest'

let pair: ReplicatedPair
let proxy: TcpProxy
let api: TestApi
beforeAll(async () => {
  const cleanUps: (() => unknown)[] = []
  pair = await startReplicatedPair((run) => cleanUps.push(run), { cluster: inject('testDatabases').cluster })
  proxy = await startTcpProxy()
  api = await startTestApi(pair.primary.url, {
    platform: 'mock',
    settings: { DATABASE_READ_URL: proxy.via(pair.standby.url) },
  })
  cleanUps.push(proxy.close, api.close)
  return async () => {
    for (const run of cleanUps.reverse()) await run()
  }
})
afterEach(async () => {
  await proxy.reset()
  await onServer(pair.standby.url, 'select pg_wal_replay_resume()')
})

const poll = <Value>(read: () => Value) => expect.poll(read, { interval: 100 })

/** Stops the replica at what is committed now, written to disk or not. */
async function freezeReplica(): Promise<void> {
  const [{ lsn }] = await onServer(pair.primary.url, 'select pg_current_wal_insert_lsn() as lsn')
  const isBehind = () => onServer(pair.standby.url, 'select pg_last_wal_replay_lsn() < $1::pg_lsn as behind', [lsn])
  await poll(isBehind).toEqual([{ behind: false }])
  await onServer(pair.standby.url, 'select pg_wal_replay_pause()')
  // It is a request only, until the replica has done what it had begun.
  const readState = () => onServer(pair.standby.url, 'select pg_get_wal_replay_pause_state() as state')
  await poll(readState).toEqual([{ state: 'paused' }])
}

async function get(path: string, memberId = 'operator') {
  const headers = { authorization: `Bearer ${await api.token(memberId, 'admin')}` }
  const reply = await fetch(`${api.url}/api${path}`, { headers })
  const body = (await reply.json()) as Record<string, unknown> & { items?: { id: unknown }[] }
  return { body, ids: body.items?.map(({ id }) => id), age: reply.headers.get('age') }
}

const SECONDS = expect.stringMatching(/^\d+$/)

test('lists that may be old come from the replica and say how old they are; everything else is current', async () => {
  const [memberId, old] = [await api.shop.member(1_000), await api.shop.product({ price: 1 })]
  const order = async (productId: number) =>
    (await api.shop.place({ memberId, items: [{ productId, quantity: 1 }] })).answer.id
  const first = await order(old)
  await freezeReplica()
  const fresh = await api.shop.product()
  const second = await order(old)
  const lists = [
    ['/product?', [old], [old, fresh]],
    ['/admin/product?', [old], [old, fresh]],
    [`/order?memberId=${memberId}&`, [first], [second, first]],
    [`/admin/order?memberId=${memberId}&`, [first], [second, first]],
  ] as const
  for (const [path, was, is] of lists) {
    const stale = await get(`${path}maxAgeSeconds=600`)
    expect(stale).toMatchObject({ ids: was, age: SECONDS })
    expect(await get(path)).toMatchObject({ ids: is, age: null })
  }
  expect((await get(`/product/${fresh}`)).body).toMatchObject({ id: fresh })
  await poll(() => get(`/order?memberId=${memberId}&maxAgeSeconds=1`)).toMatchObject({
    ids: [second, first],
    age: null,
  })
})

test('popular products and an audit come from the replica unasked, and say how old they are', async () => {
  const [memberId, productId] = [await api.shop.member(1_000), await api.shop.product({ price: 1, stock: 500 })]
  await api.shop.place({ memberId, items: [{ productId, quantity: 500 }] })
  await poll(() => get('/popular/product?limit=1')).toMatchObject({
    age: SECONDS,
    body: { items: [{ productId, sold: 500 }] },
  })
  expect(await get('/admin/audit')).toMatchObject({ age: SECONDS, body: { holds: true } })
})

test('a list that may be old comes from the primary while the replica is away, and from the replica again afterwards', async () => {
  const productId = await api.shop.product()
  const path = '/product?limit=100&maxAgeSeconds=600'
  await poll(async () => (await get(path)).age).toEqual(SECONDS)
  await proxy.setMode({ kind: 'refuse' })
  await poll(async () => (await get(path)).age).toBeNull()
  expect((await get(path)).ids).toContain(productId)
  await proxy.reset()
  await poll(async () => (await get(path)).age).toEqual(SECONDS)
})

test('a list does not wait for a replica that does not answer', async () => {
  const path = '/product?limit=100&maxAgeSeconds=600'
  await poll(async () => (await get(path)).age).toEqual(SECONDS)
  await proxy.setMode({ kind: 'silent' })
  await poll(async () => (await get(path)).age).toBeNull()
  expect(JSON.stringify(api.log)).toContain('did not answer in time')
})

test('a read that recovery cancels on the replica is made on the primary', async () => {
  const { replica, reads } = api.services
  await poll(() => get('/product?maxAgeSeconds=600')).toMatchObject({ age: SECONDS })
  if (!replica) expect.unreachable()
  let started: Promise<unknown> | undefined
  const slow = replica.read(
    600,
    {
      replica() {
        // The lock is replayed after a grace of 200 ms, and ends the statement that holds it up.
        const statement = replica.em.fork().execute('select count(*)::int as count, pg_sleep(30) from product_stock')
        started = poll(() => sleeping(pair.standby.url)).toHaveLength(1)
        return statement
      },
      primary: () => reads.fork().execute('select 1 as one'),
    },
    60_000,
  )
  await vi.waitFor(() => expect(started).toBeDefined(), { timeout: scaleByLoad(5_000) })
  await started
  await onServer(pair.primary.url, 'begin; lock table product_stock in access exclusive mode; commit')
  expect(await slow).toEqual({ answer: [{ one: 1 }], ageSeconds: undefined })
  expect(JSON.stringify(api.log)).toContain('conflict with recovery')
})

function sleeping(url: string) {
  return onServer(url, `select pid from pg_stat_activity where wait_event = 'PgSleep'`)
}

test('a reconciliation does not mistake an order that the replica does not have yet for one that is unknown', async () => {
  const [memberId, productId] = [await api.shop.member(1_000), await api.shop.product({ price: 1 })]
  await freezeReplica()
  const { answer } = await api.shop.place({ memberId, items: [{ productId, quantity: 1 }] })
  await poll(async () => (await fetch(`${api.platform.url}/v1/orders/${answer.id}`)).status).toBe(200)
  const admin = api.client('operator', 'admin')
  expect(await admin.admin.reconcile.mutate({ graceSeconds: 600, dryRun: true })).toMatchObject({ differences: [] })
})
