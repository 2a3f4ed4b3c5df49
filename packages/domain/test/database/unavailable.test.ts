import { setTimeout as sleep } from 'node:timers/promises'
import { onServer } from '@jumun/test-kit/on-server'
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

/** What becomes of a transaction that holds a member's account while other work is going on. */
async function whileAccountIsHeld<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
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

test('a server that nobody runs is unavailable', async () => {
  const database = await openDatabase({ url: 'postgres://nobody:x@127.0.0.1:1/nothing' })
  onTestFinished(() => database.close(true))
  expect(isDatabaseUnavailable(await errorOf(readBalance(database.em, 'mina')))).toBe(true)
})

test('a row that is held for too long is unavailable, and the transaction that waited has certainly done nothing', async () => {
  const { em, url } = await open()
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const error = await whileAccountIsHeld(url, () => errorOf(chargePoints(em, { memberId: 'mina', amount: 1 })))
  expect(error).toMatchObject({ code: '55P03' })
  expect([isDatabaseUnavailable(error), mayHaveCommitted(error)]).toEqual([true, false])
  expect((await readBalance(em, 'mina')).balance).toBe(1)
})

test('a pool without a free connection is unavailable', async () => {
  const { em } = await open({ poolSize: 1 })
  const error = await em.transactional(() => errorOf(readBalance(em.fork(), 'mina')))
  expect(isDatabaseUnavailable(error)).toBe(true)
})

/** Until it is let go, a transaction of somebody else's holds a member's account. */
async function holdAccount(url: string): Promise<() => Promise<void>> {
  const other = await openDatabase({ url, poolSize: 1 })
  const em = other.em.fork()
  await em.begin()
  await em.execute('select 1 from point_account for update')
  const letGo = async () => {
    if (em.isInTransaction()) await em.rollback()
    await other.close(true)
  }
  onTestFinished(letGo)
  return letGo
}

/** What a call may wait for in all, and what a busy machine adds. */
const PATIENCE_MS = 3_000 + 1_000

async function timeRefusal(call: Promise<unknown>): Promise<number> {
  const started = performance.now()
  expect(await errorOf(call)).toMatchObject({ code: '55P03' })
  return performance.now() - started
}

test('who is second in line for a row, and so waits for its place and for the row, is told so in 3 seconds', async () => {
  const { em, url } = await open()
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const letGo = await holdAccount(url)
  const charges = Array.from({ length: 5 }, () => timeRefusal(chargePoints(em, { memberId: 'mina', amount: 1 })))
  for (const ms of await Promise.all(charges)) expect(ms).toBeLessThan(PATIENCE_MS)
  await letGo()
})

test('who waits for a connection first, and then for a row, is told so in 3 seconds', async () => {
  const { em, url } = await open({ poolSize: 1 })
  await chargePoints(em, { memberId: 'mina', amount: 1 })
  const letGo = await holdAccount(url)
  const charge = () => timeRefusal(chargePoints(em, { memberId: 'mina', amount: 1 }))
  const before = [charge(), charge()]
  // Late enough to have the connection, after both of them, before that takes too long.
  await sleep(450)
  expect(await charge()).toBeLessThan(3_000)
  await Promise.all(before)
  await letGo()
})

test('a connection that is cut off in the middle of a transaction is unavailable, and what became of it is not known', async () => {
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

test('a database that takes no writes is unavailable', async () => {
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

test('a refusal, a broken rule and a bug are no reason to try again', async () => {
  const { em } = await open()
  const broken = await errorOf(em.execute(`insert into point_account (member_id, balance) values ('mina', -1)`))
  expect(broken).toMatchObject({ code: '23514' })
  for (const error of [broken, new DomainError('CART_EMPTY', '', {}), new TypeError('bug'), undefined, 'text']) {
    expect([isDatabaseUnavailable(error), mayHaveCommitted(error)]).toEqual([false, false])
  }
})
