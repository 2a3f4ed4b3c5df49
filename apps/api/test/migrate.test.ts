import { openDatabase } from '@jumun/domain'
import { onServer } from '@jumun/test-kit/on-server'
import { startProgram } from '@jumun/test-kit/program'
import { createTestDatabase, useTestDatabase } from '@jumun/test-kit/test-database'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type MigrateContext, runMigrate } from '../src/run-migrate.ts'

let url: string

const shared = useTestDatabase()

beforeEach(() => {
  url = shared.url
})

/** For a test that changes the schema. */
async function useOwnDatabase(): Promise<void> {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  url = database.url
}

/** What is said of a pending migration, whatever the newest one does. */
const PENDING = /pending(?:, stop the processes of older releases first)?/

/** Runs the command without a terminal. */
async function migrate(args: string[], { environment = {}, ...context }: Partial<MigrateContext> = {}) {
  const printed: string[] = []
  const reported: string[] = []
  const code = await runMigrate(args, {
    environment: { DATABASE_URL: url, ...environment },
    print: (text) => printed.push(text),
    report: (line) => reported.push(line),
    ask: undefined,
    signal: new AbortController().signal,
    ...context,
  })
  return { code, printed, reported }
}

/** Works while another connection has run a statement in a transaction that is still open. */
async function onServerInTransaction<Result>(statement: string, work: () => Promise<Result>): Promise<Result> {
  await using database = await openDatabase({ url })
  return await database.em.transactional(async (em) => {
    await em.execute(statement)
    return work()
  })
}

const place = () => `schema public of ${new URL(url).host}${new URL(url).pathname}`

const applied = async () =>
  (await onServer(url, 'select name from mikro_orm_migrations order by id')).map(({ name }) => String(name))

async function newest(): Promise<string> {
  return (await applied()).at(-1) as string
}

test('status lists each migration with when it was applied, and ends with 0', async () => {
  const { code, printed, reported } = await migrate(['status'])
  expect(code).toBe(0)
  expect(printed.map((line) => line.split(/ +/)[0])).toEqual(await applied())
  for (const line of printed) expect(line).toMatch(/^\S+ +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  expect(reported).toEqual([`Nothing is pending in ${place()}.`])
})

test('a pending migration is listed, ends status with 3, and is applied by up', async () => {
  await useOwnDatabase()
  const name = await newest()
  expect(await migrate(['down', '--yes'])).toEqual({ code: 0, printed: [], reported: [`Reverted ${name}.`] })
  const { code, printed } = await migrate(['status'])
  expect(code).toBe(3)
  expect(printed.filter((line) => line.includes(' pending'))).toEqual([
    expect.stringMatching(`^${name} +${PENDING.source}$`),
  ])
  const reported = [`Applied ${name}.`, `Migrated ${place()}.`]
  expect(await migrate(['up'])).toEqual({ code: 0, printed: [], reported })
  expect((await migrate(['up'])).reported).toEqual([`Nothing was pending in ${place()}.`])
  expect((await migrate(['status'])).code).toBe(0)
})

test('status changes nothing where no shop is', async () => {
  const { code, printed } = await migrate(['status'], { environment: { DATABASE_SCHEMA: 'tea' } })
  expect(code).toBe(3)
  const states = Object.fromEntries(printed.map((line) => line.split(/ {2,}/)))
  expect(Object.keys(states)).toEqual(await applied())
  // These change what an older release uses.
  const breaking = Object.keys(states).filter((name) => states[name] !== 'pending')
  expect(breaking.filter((name) => name < '2026-12-03')).toEqual(['2026-11-27-one-spelling', '2026-11-28-change-feed'])
  for (const name of breaking) expect(states[name]).toBe('pending, stop the processes of older releases first')
  expect(await onServer(url, `select 1 from pg_namespace where nspname = 'tea'`)).toEqual([])
})

test('two at once apply each migration once', async () => {
  await useOwnDatabase()
  const runs = await Promise.all([1, 2].map(() => migrate(['up'], { environment: { DATABASE_SCHEMA: 'tea' } })))
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  const reports = runs.flatMap(({ reported }) => reported).filter((line) => line.startsWith('Applied'))
  expect(reports).toHaveLength((await applied()).length)
})

test('down asks at a terminal, and reverts nothing unless the answer is yes', async () => {
  await useOwnDatabase()
  const before = await applied()
  let question = ''
  const answer = (text: string) => ({
    ask: async (asked: string) => {
      question = asked
      return text
    },
  })
  expect(await migrate(['down'], answer(''))).toMatchObject({ code: 1, reported: ['migrate: Nothing was reverted.'] })
  expect(question).toBe(`Revert ${before.at(-1)} in ${place()}? [y/N] `)
  expect((await migrate(['down'])).code).toBe(2)
  expect(await applied()).toEqual(before)
  expect((await migrate(['down'], answer('y'))).code).toBe(0)
  expect(await applied()).toEqual(before.slice(0, -1))
})

test('down --to reverts all that came after a migration, newest first', async () => {
  await useOwnDatabase()
  const before = await applied()
  const to = before.at(-3) as string
  const { code, reported } = await migrate(['down', '--to', to, '--yes'])
  expect(code).toBe(0)
  expect(reported).toEqual([`Reverted ${before.at(-1)}.`, `Reverted ${before.at(-2)}.`])
  expect((await migrate(['down', '--to', to, '--yes'])).reported).toEqual([`migrate: ${to} is the newest one already.`])
})

test('down refuses to lose rows, says which, and reverts nothing', async () => {
  await useOwnDatabase()
  const before = await applied()
  await onServer(url, `insert into product (name, price, key) values ('Tea', 1, 'tea'), ('Cake', 1, null)`)
  await onServer(
    url,
    `insert into stock_adjustment (product_id, delta, stock_after, created_at) values (1, 1, 1, now())`,
  )
  const back = (to: string) => migrate(['down', '--to', to, '--yes'])
  const lost = async (to: string) => (await back(to)).reported
  expect(await lost('2026-11-28-change-feed')).toEqual([
    'migrate: Reverting 2026-11-30-actors-and-reasons would lose 1 rows of stock_adjustment; nothing was reverted. Restore a backup instead.',
  ])
  await onServer(url, `alter table stock_adjustment disable trigger user; delete from stock_adjustment`)
  expect((await back('2026-11-23-popular')).reported).toEqual([
    'migrate: Reverting 2026-11-25-product-key would lose 1 of product.key; nothing was reverted. Restore a backup instead.',
  ])
  expect(await applied()).toEqual(before)
})

test('down gives up when another transaction holds a lock that it needs', async () => {
  const before = await applied()
  const { reported } = await onServerInTransaction('lock table product', () =>
    migrate(['down', '--to', '2026-11-23-popular', '--yes']),
  )
  expect(reported).toEqual([
    expect.stringMatching(/^migrate: Another transaction holds a lock .*; nothing was changed. Try again.$/),
  ])
  expect(await applied()).toEqual(before)
})

test('down counts the rows that are written meanwhile, too', async () => {
  await useOwnDatabase()
  await migrate(['down', '--to', '2026-11-25-product-key', '--yes'])
  const before = await applied()
  const reverting = await onServerInTransaction(
    `insert into product (name, price, key) values ('Tea', 1, 'tea')`,
    async () => {
      const running = migrate(['down', '--yes'])
      const waits =
        'select 1 from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())'
      await expect.poll(() => onServer(url, waits)).not.toEqual([])
      return { running }
    },
  )
  // On a busy machine it may have given up to wait before.
  expect((await reverting.running).reported).toEqual([
    expect.stringMatching(/would lose 1 of product\.key|holds a lock/),
  ])
  expect(await applied()).toEqual(before)
})

test('down leaves what another release has applied', async () => {
  await useOwnDatabase()
  await onServer(url, `insert into mikro_orm_migrations (name) values ('2099-01-01-later')`)
  const before = await applied()
  const { code, printed } = await migrate(['status'])
  expect(code).toBe(0)
  expect(printed.at(-1)).toMatch(/^2099-01-01-later +\S+Z {2}of another release$/)
  // An older release starts on the schema of a newer one.
  expect((await migrate(['up'])).reported).toEqual([`Nothing was pending in ${place()}.`])
  expect(await migrate(['down', '--yes'])).toMatchObject({
    code: 1,
    reported: [expect.stringContaining('This release does not have the migration 2099-01-01-later')],
  })
  expect(await applied()).toEqual(before)
})

test.each<[string, string[], NodeJS.ProcessEnv, number, RegExp]>([
  ['no command', [], {}, 2, /^migrate: A command is missing\. Usage: /],
  ['an unknown command', ['sideways'], {}, 2, /^migrate: Unknown command "sideways"\. Usage: /],
  ['a name of an object', ['constructor'], {}, 2, /^migrate: Unknown command "constructor"\. Usage: /],
  ['an unknown option', ['down', '--force'], {}, 2, /^migrate: Unknown option '--force'\. Usage: /],
  ['an option of another command', ['up', '--yes'], {}, 2, /^migrate: up takes no option\. Usage: /],
  ['an argument too many', ['status', 'all'], {}, 2, /^migrate: status takes no argument "all"\. Usage: /],
  [
    'a migration that nobody applied',
    ['down', '--to', 'x'],
    {},
    1,
    /^migrate: No migration that was applied is called x\.$/,
  ],
  [
    'no server',
    ['up'],
    { DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    1,
    /^migrate: DATABASE_URL: connect ECONNREFUSED/,
  ],
  ['a malformed address', ['up'], { DATABASE_URL: 'mysql://x' }, 1, /^migrate: DATABASE_URL: must be a postgres/],
  ['a malformed schema', ['up'], { DATABASE_SCHEMA: 'Tea' }, 1, /^migrate: DATABASE_SCHEMA: must be a schema name/],
  ['an empty schema', ['down'], { DATABASE_SCHEMA: 'tea' }, 1, /^migrate: No migration was applied\.$/],
])('%s is refused in one line', async (_, args, environment, code, line) => {
  const result = await migrate(args, { environment })
  expect(result).toEqual({ code, printed: [], reported: [expect.stringMatching(line)] })
  expect(result.reported[0]).not.toContain('\n')
})

test('a missing database is refused in one line without the password', async () => {
  const missing = new URL(url)
  missing.pathname = '/missing'
  const { code, reported } = await migrate(['up'], { environment: { DATABASE_URL: missing.href } })
  expect(code).toBe(1)
  expect(reported).toEqual(['migrate: DATABASE_URL: database "missing" does not exist'])
})

test('a signal ends the wait for the migration of another process', async () => {
  const stopping = new AbortController()
  const result = await onServerInTransaction(`select pg_advisory_xact_lock(7201966, hashtext('tea'))`, async () => {
    const running = migrate(['up'], { environment: { DATABASE_SCHEMA: 'tea' }, signal: stopping.signal })
    const waits = `select 1 from pg_locks where locktype = 'advisory' and not granted and classid = 7201966`
    await expect.poll(() => onServer(url, waits)).not.toEqual([])
    stopping.abort()
    return running
  })
  expect(result).toMatchObject({ code: 1, reported: ['migrate: stopped.'] })
})

test('the program prints to stdout, reports to stderr, and ends with the code', async () => {
  await useOwnDatabase()
  await onServer(url, `delete from mikro_orm_migrations where name = '${await newest()}'`)
  const program = startProgram(new URL('../src/migrate.ts', import.meta.url).pathname, {
    args: ['status'],
    env: { DATABASE_URL: url },
    cleanUp: onTestFinished,
  })
  expect(await program.end).toEqual({ code: 3, signal: null })
  expect(program.stdout).toMatch(new RegExp(` ${PENDING.source}\n$`))
  expect(program.stderr).toMatch(/^1 of \d+ are pending in schema public of \S+\.\n$/)
})
