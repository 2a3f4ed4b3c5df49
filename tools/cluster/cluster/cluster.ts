import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { issueToken } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import { createDataDir } from '@jumun/test-kit/data-dir'
import { removeWhenOrphaned } from '@jumun/test-kit/orphan-watch'
import { type PlatformProcess, startPlatformProcess } from '@jumun/test-kit/platform-process'
import { freePort } from '@jumun/test-kit/ports'
import { type Program, programs, startProgram } from '@jumun/test-kit/program'
import { waitFor } from '@jumun/test-kit/wait-for'
import { makeCertificates } from './certificates.ts'
import type { Daemon } from './daemon.ts'
import { type Members, startEtcd } from './etcd.ts'
import { startHaproxy } from './haproxy.ts'
import { createShopDatabase, databaseUrlOf, type Machine, prepareMachine } from './machines.ts'
import type { Place } from './place.ts'

const TOKEN_SECONDS = 86_400
const START_TIMEOUT_MS = 90_000
/** After it an operator would look. */
const FOLLOW_TIMEOUT_MS = 45_000
const SETTLE_MS = 2_000
const FOLLOWING = `select from pg_stat_replication where state = 'streaming' and sync_state = 'sync'`
const POLL_MS = 100

/** A process of the API behind the load balancer. */
interface Api {
  name: string
  url: string
  start(): void
  end(signal: NodeJS.Signals): Promise<void>
  ready(): Promise<void>
}

/** Everything that a large shop runs, on this machine: see docs/operations.md. */
export interface Cluster {
  directory: string
  /** Address of the load balancer. */
  url: string
  /** The members of etcd: two on the machines of the database, and one elsewhere. */
  etcd: Members
  machines: [Machine, Machine]
  haproxy: Daemon
  /** Where the programs, except the API, have their metrics. */
  metricsUrls: string[]
  apis: Api[]
  platform: PlatformProcess
  admin: JumunClient
  client(memberId: string): Promise<JumunClient>
  token(memberId: string): Promise<string>
  /** The machine whose PostgreSQL takes writes; waits until there is one. */
  primary(): Promise<Machine>
  /** The other one. */
  standby(): Promise<Machine>
  /** Waits until the standby has everything that the primary commits. */
  inSync(): Promise<void>
  close(): Promise<void>
}

/** The database's part of a cluster. */
type DatabaseCluster = Pick<Cluster, 'etcd' | 'machines' | 'primary' | 'standby' | 'inSync'>

/** Starts everything, and waits until the load balancer answers. */
export async function startCluster(
  place: Omit<Place, 'directory' | 'certificates'>,
  log: (line: string) => void,
): Promise<Cluster> {
  await using stops = new AsyncDisposableStack()
  const { path: directory } = await createDataDir()
  stops.defer(removeWhenOrphaned(directory))
  await chmod(directory, 0o755)
  const certificates = await makeCertificates(directory, place.account)
  const database = await startDatabase({ ...place, directory, certificates }, stops, log)
  log('PostgreSQL has a primary and a synchronous standby')
  const platformDirectory = join(directory, 'platform')
  await mkdir(platformDirectory)
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const authSecret = randomBytes(32).toString('base64url')
  const logFile = join(directory, 'platform.log')
  const platform = await startPlatformProcess({ dataDir: platformDirectory, secret, logFile })
  stops.defer(platform.kill)
  const env = {
    DATABASE_URL: databaseUrlOf(database.machines, certificates),
    DATA_PLATFORM_URL: platform.url,
    DATA_PLATFORM_SECRET: secret,
    AUTH_SECRET: authSecret,
    RATE_LIMIT_PER_SECOND: '0',
    TRUST_PROXY: '127.0.0.1',
    WEB: 'false',
    LOG_LEVEL: 'warn',
  }
  const apis = await Promise.all(['api-1', 'api-2', 'api-3'].map((name) => prepareApi(name, directory, env)))
  for (const api of apis) {
    stops.defer(() => api.end('SIGTERM'))
    api.start()
  }
  await Promise.all(apis.map((api) => api.ready()))
  log('three processes of the API are ready')
  const [one = '', two = '', three = ''] = apis.map(({ url }) => new URL(url).host)
  const { haproxy, url, metricsUrl } = await startHaproxy(directory, [one, two, three])
  stops.defer(() => haproxy.signal('SIGTERM', { group: true }))
  await waitFor(async () => (await fetch(`${url}/livez`)).ok, START_TIMEOUT_MS)
  const token = (memberId: string, role: 'member' | 'admin' = 'member') =>
    issueToken(authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
  const client = async (memberId: string, role?: 'admin') =>
    createJumunClient({ url, token: await token(memberId, role) })
  const admin = await client('operator', 'admin')
  const metricsUrls = [metricsUrl, ...[...database.machines, ...database.etcd].map((program) => program.metricsUrl)]
  const running = stops.move()
  return {
    ...database,
    ...{ directory, url, haproxy, metricsUrls, apis, platform, admin },
    client: (memberId) => client(memberId),
    token: (memberId) => token(memberId),
    close: () => running.disposeAsync(),
  }
}

async function startDatabase(
  place: Place,
  stops: AsyncDisposableStack,
  log: (line: string) => void,
): Promise<DatabaseCluster> {
  const etcd = await startEtcd(place)
  for (const member of etcd) stops.defer(() => member.daemon.signal('SIGTERM'))
  const [one, two, three] = etcd
  const machines: [Machine, Machine] = [
    await prepareMachine(place, 'db1', one, [two, three]),
    await prepareMachine(place, 'db2', two, [one, three]),
  ]
  for (const machine of machines) {
    stops.defer(() => stopMachine(machine))
    machine.patroni.start()
    machine.pgbouncer.start()
  }
  const primary = async () => {
    for (;;) {
      for (const machine of machines) if ((await machine.role()) === 'primary') return machine
      await sleep(POLL_MS)
    }
  }
  const standby = async () => {
    const writable = await primary()
    return machines[0] === writable ? machines[1] : machines[0]
  }
  const followed = async () => {
    const writable = await primary()
    const following = await writable.query(FOLLOWING)
    return following.length > 0 && (await writable.synchronousStandby()) !== undefined
  }
  const inSync = async () => {
    // Twice, because a standby may begin to follow and be unable to go on.
    const lasts = async () => (await followed()) && (await sleep(SETTLE_MS).then(followed))
    try {
      await waitFor(lasts, FOLLOW_TIMEOUT_MS)
    } catch {
      const stuck = await standby()
      log(`${stuck.name} cannot follow the primary: it is copied anew, as the runbook says`)
      await stuck.reinitialize()
      await waitFor(lasts, START_TIMEOUT_MS)
    }
  }
  await createShopDatabase(await primary())
  await inSync()
  const { asPostgres } = await primary()
  for (const command of ['stanza-create', 'check', 'backup'])
    await asPostgres('pgbackrest', ['--stanza=jumun', command])
  log('pgBackRest has a backup')
  return { etcd, machines, primary, standby, inSync }
}

async function stopMachine({ patroni, pgbouncer, toEtcd, toPatroni, toPgbouncer, toPostgres }: Machine): Promise<void> {
  await pgbouncer.signal('SIGINT')
  await patroni.signal('SIGCONT')
  // It stops PostgreSQL as well.
  await patroni.signal('SIGTERM')
  for (const proxy of [...toEtcd, toPatroni, toPgbouncer, toPostgres]) await proxy.close()
}

async function prepareApi(name: string, directory: string, env: Record<string, string>): Promise<Api> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const dataDir = join(directory, name)
  await mkdir(dataDir)
  let program: Program | undefined
  const start = () => {
    const more = { PORT: String(port), DATA_DIR: dataDir }
    program = startProgram(programs.api, {
      env: { ...env, ...more },
      detached: true,
      logFile: join(directory, `${name}.log`),
    })
  }
  return {
    name,
    url,
    start,
    end: async (signal) => void (await program?.kill(signal)),
    ready: async () => void (await waitFor(async () => (await fetch(`${url}/readyz`)).ok, START_TIMEOUT_MS)),
  }
}
