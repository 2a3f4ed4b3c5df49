import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, onTestFinished, test } from 'vitest'
import { auditShop } from '../../src/audit/audit-shop.ts'
import { openDatabase } from '../../src/database/orm.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

const STATEMENT_TIMEOUT_MS = 100

/** Locks the first table that an audit reads, until the returned function is called or the test ends. */
async function lockStock(): Promise<() => Promise<void>> {
  const em = shop.em.fork()
  await em.begin()
  const release = async () => {
    if (em.isInTransaction()) await em.rollback()
  }
  onTestFinished(release)
  await em.execute('lock table product_stock in access exclusive mode')
  return release
}

/** Waits until the database runs `count` audits whose current statements started at least `minMs` ago, by its own clock. */
async function expectRunningAudits(count: number, minMs = 0): Promise<void> {
  const runningAudits = async () => {
    const [row] = await shop.em.execute<[{ running: number }]>(
      `select count(*)::int as running from pg_stat_activity
        where datname = current_database() and state <> 'idle' and query like '%from (%product_stock%'
          and pid <> pg_backend_pid() and clock_timestamp() - query_start >= ? * interval '1 millisecond'`,
      [minMs],
    )
    return row.running
  }
  await expect.poll(runningAudits).toBe(count)
}

test('the statement and lock timeouts of a pool do not end an audit', async () => {
  const database = await openDatabase({ url: shop.url, poolSize: 1 })
  onTestFinished(() => database.close(true))
  const { em } = database
  await em.execute(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}; set lock_timeout = ${STATEMENT_TIMEOUT_MS}`)
  const release = await lockStock()
  const audit = auditShop(em)
  await expectRunningAudits(1, 3 * STATEMENT_TIMEOUT_MS)
  await release()
  expect((await audit).holds).toBe(true)
})

test('aborting an audit ends it at once, also in the database', async () => {
  const release = await lockStock()
  const abort = new AbortController()
  const refusal = refusalOf(auditShop(shop.em, { signal: abort.signal }))
  await expectRunningAudits(1)
  abort.abort()
  expect(await refusal).toMatchObject({ code: 'UNAVAILABLE' })
  await expectRunningAudits(0)
  await release()
  expect((await auditShop(shop.em)).holds).toBe(true)
})
