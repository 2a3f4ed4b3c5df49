import { once } from 'node:events'
import { open, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectToServer } from './connect-to-server.ts'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { pidFileOf, readPostmaster } from './postmaster.ts'
import { runPgCtl, type Server } from './run-unprivileged.ts'
import { errorWithLog, readLog, rotateLog } from './server-log.ts'

/** After a crash the server first replays up to `max_wal_size` of its write-ahead log. */
const START_LIMIT_MS = 120_000
const POLL_MS = 50

/**
 * Failures after which another attempt may succeed: a port that was taken since it was found free, or remains of a killed
 * server.
 */
const TRANSIENT_FAILURE =
  /could not (?:bind|create any TCP)|pre-existing shared memory block|lock file "postmaster\.pid" already exists/

/** PostgreSQL does not start when a crash left the file empty or incomplete. */
const INCOMPLETE_PID_FILE = /(?:PID|lock) file ".*postmaster\.pid" is empty|(?:invalid|bogus) data in (?:PID|lock) file/

/** How to start the server of a cluster. */
interface ServerOptions extends Server {
  password: string
  durable: boolean
  settings: Record<string, string>
}

/**
 * Starts the cluster's server, or uses the one that runs already, and waits until its database answers. The caller holds the
 * gate lock, so no other process starts or stops it meanwhile.
 *
 * @returns the url of the database
 * @throws EmbeddedPostgresError when it does not start within 120 s
 */
export async function startServer(options: ServerOptions): Promise<string> {
  const { directory, password } = options
  const deadline = performance.now() + START_LIMIT_MS
  let lastFailure = 'it did not become ready'
  while (performance.now() < deadline) {
    const postmaster = await readPostmaster(directory)
    if (postmaster?.alive) {
      const state = await connectToServer({ port: postmaster.port, password, passwordFile: directory.passwordFile })
      if (state.ready) return state.url
      lastFailure = `process ${postmaster.pid} on port ${postmaster.port}: ${state.reason}`
    } else {
      const failure = await startPostmaster(options, postmaster?.exists)
      if (!failure) continue
      lastFailure = failure
    }
    await sleep(POLL_MS)
  }
  const seconds = START_LIMIT_MS / 1000
  const log = await readLog(directory.log, 0).catch(() => '')
  throw errorWithLog(`PostgreSQL did not start within ${seconds} s (${lastFailure})`, directory.log, log)
}

/** Returns the message of a transient failure, or undefined on success; throws a permanent failure. */
async function startPostmaster(options: ServerOptions, pidExists = false): Promise<string | undefined> {
  const { directory } = options
  // PostgreSQL replaces a file whose process is gone, but not one whose process id another process has.
  if (pidExists) await rm(pidFileOf(directory), { force: true })
  await rotateLog(directory.log)
  await using file = await open(directory.log, 'a', 0o600)
  const { size } = await file.stat()
  const serverArguments = toServerArguments({ ...options, port: await findFreePort() })
  const { code } = await runPgCtl(options, ['start', '-o', serverArguments], file.fd)
  if (code === 0) return undefined
  const log = await readLog(directory.log, size)
  const failure = errorWithLog('PostgreSQL did not start', directory.log, log)
  if (INCOMPLETE_PID_FILE.test(log)) {
    await rm(pidFileOf(directory), { force: true })
    return failure.message
  }
  // A server that is alive after pg_ctl timed out may be in recovery.
  if (TRANSIENT_FAILURE.test(log) || (await readPostmaster(directory))?.alive) return failure.message
  throw failure
}

function toServerArguments({ durable, settings, port }: ServerOptions & { port: number }): string {
  const all: Record<string, string> = {
    shared_buffers: '128MB',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements hold inlined values, and members' data must not be logged.
    log_min_error_statement: 'panic',
    ...(!durable && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      wal_level: 'minimal',
      max_wal_senders: '0',
    }),
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  }
  return Object.entries(all)
    .map(([name, value]) => `-c ${quoteForShell(name, value)}`)
    .join(' ')
}

/** pg_ctl passes the server's arguments through the platform's shell. */
function quoteForShell(name: string, value: string): string {
  if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || /[\r\n\0]/.test(value))
    throw new EmbeddedPostgresError(`Not a setting of PostgreSQL: ${JSON.stringify(name)}=${JSON.stringify(value)}`)
  const text = `${name}=${value}`
  if (process.platform !== 'win32') return `'${text.replaceAll("'", "'\\''")}'`
  if (/["%]/.test(value)) throw new EmbeddedPostgresError(`A setting must hold neither " nor %: ${name}`)
  return `"${text}"`
}

async function findFreePort(): Promise<number> {
  await using server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
