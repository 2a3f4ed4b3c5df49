import { parseArgs } from 'node:util'
import {
  type MigrationState,
  migrateDatabase,
  migrationsToRevert,
  readMigrations,
  revertMigrations,
} from '@jumun/domain'
import { parseDatabaseUrl } from '@jumun/domain/database-url'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { firstLine } from './explain-start-error.ts'
import { readSettings, type Settings, SettingsError } from './settings.ts'

const USAGE = 'migrate up | migrate down [--to <name>] [--yes] | migrate status'

/** The codes with which the command ends. */
const EXIT = { done: 0, failed: 1, usage: 2, pending: 3 } as const

const STOP_OLDER = 'stop the processes of older releases first'

/** A wrong command line. The message is one line. */
class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What the command works with. */
export interface MigrateContext {
  environment: Record<string, string | undefined>
  /** Writes what was asked for. */
  print(text: string): void
  /** Writes progress and errors, one line each. */
  report(line: string): void
  /** Asks at the terminal; undefined where there is none. */
  ask: ((question: string) => Promise<string>) | undefined
  signal: AbortSignal
}

interface Shop extends MigrateContext {
  url: string
  schema: string
  /** Where it is, without user and password. */
  place: string
}

type Options = ReturnType<typeof parseOptions>['values']

const COMMANDS: Record<string, (shop: Shop, options: Options) => Promise<number>> = { up, down, status }

/** Migrates the shop at `DATABASE_URL` and `DATABASE_SCHEMA`, or the embedded one. Returns the exit code. */
export async function runMigrate(args: string[], context: MigrateContext): Promise<number> {
  const { environment, report, signal } = context
  try {
    const { command, values } = parseCommand(args)
    const { DATABASE_URL, DATABASE_SCHEMA: schema, DATA_DIR } = readSettings(environment)
    await using stops = new AsyncDisposableStack()
    const url =
      DATABASE_URL ?? stops.adopt(await startEmbeddedPostgres({ dataDir: DATA_DIR }), ({ stop }) => stop()).url
    const place = `schema ${schema} of ${placeOf({ DATABASE_URL, DATA_DIR })}`
    return await command({ ...context, url, schema, place }, values)
  } catch (error) {
    if (error instanceof UsageError) {
      report(`migrate: ${error.message} Usage: ${USAGE}`)
      return EXIT.usage
    }
    report(signal.aborted ? 'migrate: stopped.' : `migrate: ${reasonOf(error, environment)}`)
    return EXIT.failed
  }
}

function parseOptions(args: string[]) {
  return parseArgs({ args, allowPositionals: true, options: { to: { type: 'string' }, yes: { type: 'boolean' } } })
}

function parseCommand(args: string[]) {
  const { positionals, values } = parse(args)
  const [name, ...rest] = positionals
  if (name === undefined) throw new UsageError('A command is missing.')
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) throw new UsageError(`Unknown command ${JSON.stringify(name)}.`)
  if (rest.length > 0) throw new UsageError(`${name} takes no argument ${JSON.stringify(rest[0])}.`)
  if (name !== 'down' && Object.keys(values).length > 0) throw new UsageError(`${name} takes no option.`)
  return { command, values }
}

function parse(args: string[]): ReturnType<typeof parseOptions> {
  try {
    return parseOptions(args)
  } catch (error) {
    throw new UsageError(`${firstLine(error).replace(/\.? To specify.*|\.$/, '')}.`)
  }
}

async function up({ url, schema, place, report, signal }: Shop): Promise<number> {
  const applied = await migrateDatabase(url, schema, signal)
  for (const name of applied) report(`Applied ${name}.`)
  report(applied.length === 0 ? `Nothing was pending in ${place}.` : `Migrated ${place}.`)
  return EXIT.done
}

async function down(shop: Shop, { to, yes }: Options): Promise<number> {
  const { url, schema, place, report, ask, signal } = shop
  const names = migrationsToRevert(await readMigrations(url, schema, signal), to)
  if (!yes) {
    if (!ask) throw new UsageError('down asks at a terminal, and needs --yes where there is none.')
    const answer = await ask(`Revert ${names.join(', ')} in ${place}? [y/N] `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Nothing was reverted.')
  }
  await revertMigrations(url, schema, names, signal)
  for (const name of names) report(`Reverted ${name}.`)
  return EXIT.done
}

async function status({ url, schema, place, print, report, signal }: Shop): Promise<number> {
  const migrations = await readMigrations(url, schema, signal)
  const width = Math.max(...migrations.map(({ name }) => name.length))
  for (const migration of migrations) print(`${migration.name.padEnd(width)}  ${stateOf(migration)}`)
  const pending = migrations.filter(({ executedAt }) => executedAt === undefined).length
  report(`${pending === 0 ? 'Nothing is' : `${pending} of ${migrations.length} are`} pending in ${place}.`)
  return pending === 0 ? EXIT.done : EXIT.pending
}

function stateOf({ executedAt, known, breaksOlder }: MigrationState): string {
  if (executedAt === undefined) return breaksOlder ? `pending, ${STOP_OLDER}` : 'pending'
  return `${executedAt.toISOString()}${known ? '' : '  of another release'}`
}

function placeOf({ DATABASE_URL, DATA_DIR }: Pick<Settings, 'DATABASE_URL' | 'DATA_DIR'>): string {
  const address = DATABASE_URL === undefined ? undefined : parseDatabaseUrl(DATABASE_URL)
  if (!address) return `the embedded database in ${DATA_DIR}`
  return `${address.hosts.join(',')}${new URL(address.urls[0] as string).pathname}`
}

/** Names the setting to change where the database cannot be reached. */
function reasonOf(error: unknown, { DATABASE_URL }: MigrateContext['environment']): string {
  const reason = firstLine(error)
  const { code, syscall } = error as NodeJS.ErrnoException
  if (error instanceof SettingsError) return reason
  if (code === '55P03')
    return `Another transaction holds a lock that is needed (${reason}); nothing was changed. Try again.`
  return DATABASE_URL && (syscall !== undefined || /^(08|28|3D)/.test(code ?? '')) ? `DATABASE_URL: ${reason}` : reason
}
