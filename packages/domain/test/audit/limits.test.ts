import { useShop } from '@jumun/test-kit/domain-shop'
import { expect, onTestFinished, test } from 'vitest'
import { auditShop } from '../../src/audit/audit-shop.ts'
import { openDatabase } from '../../src/database/orm.ts'
import { refusalOf } from '../../test-support/refusal.ts'

const shop = useShop()

const STATEMENT_TIMEOUT_MS = 100

/** A busy machine must not fail it. */
const PATIENCE_MS = 20_000

/** Somebody else has what an audit reads first. */
async function holdStock(): Promise<() => Promise<void>> {
  const em = shop.em.fork()
  await em.begin()
  const release = async () => {
    if (em.isInTransaction()) await em.rollback()
  }
  onTestFinished(release)
  await em.execute('lock table product_stock in access exclusive mode')
  return release
}

/** What the database is doing for audits. */
async function running(): Promise<number> {
  const [row] = await shop.em.execute<[{ running: number }]>(
    `select count(*)::int as running from pg_stat_activity
      where datname = current_database() and state <> 'idle' and query like '%from (%product_stock%'
        and pid <> pg_backend_pid()`,
  )
  return row.running
}

test('an audit may take longer than other statements of its pool', async () => {
  const database = await openDatabase({ url: shop.url, poolSize: 1 })
  onTestFinished(() => database.close(true))
  const { em } = database
  await em.execute(`set statement_timeout = ${STATEMENT_TIMEOUT_MS}; set lock_timeout = ${STATEMENT_TIMEOUT_MS}`)
  const release = await holdStock()
  const audit = auditShop(em)
  await expect.poll(running, { timeout: PATIENCE_MS }).toBe(1)
  await shop.em.execute(`select pg_sleep(${(3 * STATEMENT_TIMEOUT_MS) / 1_000})`)
  await release()
  expect((await audit).holds).toBe(true)
})

test('an audit that is called off ends at once, in the database too', async () => {
  const release = await holdStock()
  const calledOff = new AbortController()
  const refusal = refusalOf(auditShop(shop.em, { signal: calledOff.signal }))
  await expect.poll(running, { timeout: PATIENCE_MS }).toBe(1)
  calledOff.abort()
  expect(await refusal).toMatchObject({ code: 'UNAVAILABLE' })
  await expect.poll(running, { timeout: PATIENCE_MS }).toBe(0)
  await release()
  expect((await auditShop(shop.em)).holds).toBe(true)
})
