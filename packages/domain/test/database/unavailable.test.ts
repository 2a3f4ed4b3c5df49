import { setTimeout as sleep } from 'node:timers/promises'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer, urlOfDatabase } from '@jumun/test-kit/on-server'
import { createTestDatabase } from '@jumun/test-kit/test-database'
import { expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable, mayHaveCommitted } from '../../src/database/unavailable.ts'
import { DomainError } from '../../src/errors.ts'
import { chargePoints } from '../../src/point/move-points.ts'
import { readBalance } from '../../src/point/read-points.ts'

async function open(options: { poolSize?: number } = {}): Promise<{ em: Database['em']; url: string }> {
  const test = await createTestDatabase()
  const database = await openDatabase({ url: test.url, ...options })
  onTestFinished(async () => {
    await database.close(true)
    await test.drop()
  })
  return { em: database.em, url: test.url }
}

async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable('The call must fail'),
    (error: unknown) => error,
  )
}

/** Runs `work` while another transaction holds the lock of the only point account. */
async function whileAccountIsLocked<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  const other = await openDatabase({ url })
  try {
    return await other.em.transactional(async (em) => {
      await em.execute('select 1 from point_account for update')
      return work()
    })
  } finally {
    await other.close(true)
  }
}

test('a refused connection counts as unavailable', async () => {
  const database = await openDatabase({ url: 'postgres://nobody:x@127.0.0.1:1/nothing' })
  onTestFinished(() => database.close(true))
  expect(isDatabaseUnavailable(await errorOf(readBalance(database.em, 'mina')))).toBe(true)
})

test('a database that accepts no connections for a while counts as unavailable', async () => {
  const { em, url } = await open()
  const name = new URL(url).pathname.slice(1)
  const allow = (is: boolean) =>
    onServer(urlOfDatabase(url, 'postgres'), `alter database "${name}" allow_connections ${is}`)
  await allow(false)
  const error = await errorOf(readBalance(em, 'mina'))
  expect(error).toMatchObject({ code: '55000' })
  expect(isDatabaseUnavailable(error)).toBe(true)
  await allow(true)
  expect((await readBalance(em, 'mina')).balance).toBe(0)
})

const failed = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall })

test.each([
  ...['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'].map((code) => failed(code, 'getaddrinfo')),
  ...['EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'ENOENT', 'EADDRNOTAVAIL'].map((code) => failed(code, 'connect')),
  ...['ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'].map((code) => failed(code, 'read')),
  ...['EPIPE', 'ECONNABORTED'].map((code) => failed(code, 'write')),
  failed('ECONNRESET'),
  new AggregateError([failed('EADDRNOTAVAIL', 'connect'), failed('ENETUNREACH', 'connect')]),
])('the connection error %s counts as unavailable', (error) => {
  expect(isDatabaseUnavailable(error)).toBe(true)
})

test('a missing file does not count as unavailable', () => {
  expect(isDatabaseUnavailable(failed('ENOENT', 'open'))).toBe(false)
})

test('a lock timeout counts as unavailable, and the transaction has certainly not committed', async () => {
  const { em, url } = await open()
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const error = await whileAccountIsLocked(url, () => errorOf(chargePoints(em, { memberId: 'mina', amount: 1 })))
  expect(error).toMatchObject({ code: '55P03' })
  expect([isDatabaseUnavailable(error), mayHaveCommitted(error)]).toEqual([true, false])
  expect((await readBalance(em, 'mina')).balance).toBe(1)
})

test('a pool without a free connection counts as unavailable', async () => {
  const { em } = await open({ poolSize: 1 })
  const error = await em.transactional(() => errorOf(readBalance(em.fork(), 'mina')))
  expect(isDatabaseUnavailable(error)).toBe(true)
})

/** Locks the only point account in another transaction, until the returned function is called or the test ends. */
async function lockAccount(url: string): Promise<() => Promise<void>> {
  const other = await openDatabase({ url, poolSize: 1 })
  const em = other.em.fork()
  await em.begin()
  await em.execute('select 1 from point_account for update')
  const release = async () => {
    if (em.isInTransaction()) await em.rollback()
    await other.close(true)
  }
  onTestFinished(release)
  return release
}

/** The longest that a call waits for connections and locks together. */
const WAIT_MAX_MS = 3_000
/** Two lock timeouts alone take 2.8 s; the rest of the calls takes longer on a busy machine. */
const GRACE_MS = 1_000

async function refusalMs(call: Promise<unknown>): Promise<number> {
  const started = performance.now()
  expect(await errorOf(call)).toMatchObject({ code: '55P03' })
  return performance.now() - started
}

test('the second waiter for a row, which waits for the first waiter and for the row, is refused within 3 seconds', async () => {
  const { em, url } = await open()
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const release = await lockAccount(url)
  const charges = Array.from({ length: 5 }, () => refusalMs(chargePoints(em, { memberId: 'mina', amount: 1 })))
  for (const ms of await Promise.all(charges)) expect(ms).toBeLessThan(scaleByLoad(WAIT_MAX_MS + GRACE_MS))
  await release()
})

test('a call that waits for a connection and then for a row is refused within 3 seconds', async () => {
  const { em, url } = await open({ poolSize: 1 })
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const release = await lockAccount(url)
  const charge = () => refusalMs(chargePoints(em, { memberId: 'mina', amount: 1 }))
  const before = [charge(), charge()]
  // Late enough that this call could wait for two full lock timeouts without reaching its connection timeout.
  await sleep(450)
  expect(await charge()).toBeLessThan(scaleByLoad(WAIT_MAX_MS))
  await Promise.all(before)
  await release()
})

test('a connection that breaks during a transaction counts as unavailable, and the transaction may have committed', async () => {
  const { em, url } = await open()
  const work = em.transactional(async (em) => {
    await onServer(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    )
    await em.execute('select 1')
  })
  const error = await errorOf(work)
  expect([isDatabaseUnavailable(error), mayHaveCommitted(error)]).toEqual([true, true])
  expect((await readBalance(em, 'mina')).balance).toBe(0)
})

test('a read-only database counts as unavailable', async () => {
  const { em, url } = await open()
  await onServer(
    url,
    `do $$ begin
    execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`,
  )
  const error = await errorOf(chargePoints(em, { memberId: 'mina', amount: 1 }))
  expect(error).toMatchObject({ code: '25006' })
  expect(isDatabaseUnavailable(error)).toBe(true)
})

test('domain errors, constraint violations and bugs do not count as unavailable', async () => {
  const { em } = await open()
  const broken = await errorOf(em.execute(`insert into point_account (member_id, balance) values ('mina', -1)`))
  expect(broken).toMatchObject({ code: '23514' })
  for (const error of [broken, new DomainError('CART_EMPTY', '', {}), new TypeError('bug'), undefined, 'text']) {
    expect([isDatabaseUnavailable(error), mayHaveCommitted(error)]).toEqual([false, false])
  }
})
