import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@jumun/test-kit/ports'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import pg from 'pg'
import { prepareBackups } from './backups.ts'
import type { Certificates } from './certificates.ts'
import { type Daemon, daemon, run } from './daemon.ts'
import type { Member } from './etcd.ts'
import type { Place } from './place.ts'
import { copyRecipe } from './recipe.ts'

const HOST = '127.0.0.1'
/** As which PostgreSQL sees the other machine. */
const OTHER_MACHINE = '127.0.0.2'
const PASSWORDS = {
  postgres: 'superuser-of-the-test',
  replicator: 'replicator-of-the-test',
  rewind: 'rewind-of-the-test',
  jumun: 'shop-of-the-test',
  rest: 'operator-of-the-test',
}

/** One machine of the database: PostgreSQL under Patroni, with PgBouncer before it. */
export interface Machine {
  name: string
  /** Where PostgreSQL's files are. */
  dataDir: string
  /** Its port; those of the machines differ here. */
  postgresPort: number
  patroni: Daemon
  /** Where Patroni's own metrics are. */
  metricsUrl: string
  pgbouncer: Daemon
  /** The member of etcd on this machine. */
  etcd: Daemon
  /** Between Patroni and each member of etcd, this machine's first: cuts this machine off from the others' decisions. */
  toEtcd: TcpProxy[]
  /** Between the other machine and this one's PostgreSQL, and the API and this one's PgBouncer. */
  toPostgres: TcpProxy
  toPgbouncer: TcpProxy
  /** Between the other machines' Patroni and this one's. */
  toPatroni: TcpProxy
  /** What Patroni says of it; undefined while it does not answer. */
  role(): Promise<'primary' | 'replica' | undefined>
  /** The standby that etcd says has every commit, and so may take over; undefined if there is none. */
  synchronousStandby(): Promise<string | undefined>
  /** Replaces its PostgreSQL by a copy of the primary, as `patronictl reinit` does. */
  reinitialize(): Promise<void>
  /** The postmaster's process id. */
  postmaster(): Promise<number>
  query<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row[]>
  /** Runs a command as PostgreSQL's account, with the settings of pgBackRest and Patroni. Returns its output. */
  asPostgres(command: string, args: string[], input?: string): Promise<string>
}

/** The ports of a machine, and its address in the eyes of the others: a proxy before each of them, which can cut it off. */
interface Network extends Pick<Machine, 'toPostgres' | 'toPgbouncer' | 'toPatroni' | 'toEtcd'> {
  postgresPort: number
  restPort: number
  bouncerPort: number
}

async function openNetwork(etcdPorts: number[]): Promise<Network> {
  const [postgresPort, restPort, bouncerPort] = [await freePort(), await freePort(), await freePort()]
  const proxyTo = async (port: number, localAddress = HOST) => {
    const proxy = await startTcpProxy()
    proxy.setTarget({ port, localAddress })
    return proxy
  }
  return {
    postgresPort,
    restPort,
    bouncerPort,
    toEtcd: await Promise.all(etcdPorts.map((port) => proxyTo(port))),
    toPostgres: await proxyTo(postgresPort, OTHER_MACHINE),
    toPgbouncer: await proxyTo(bouncerPort),
    toPatroni: await proxyTo(restPort),
  }
}

/** Prepares a machine. Patroni and PgBouncer are not started yet. */
export async function prepareMachine(place: Place, name: string, own: Member, others: Member[]): Promise<Machine> {
  const { directory, account } = place
  const network = await openNetwork([own, ...others].map(({ port }) => port))
  const { postgresPort, restPort, toPostgres, toPgbouncer, toPatroni, toEtcd } = network
  const home = join(directory, name)
  await mkdir(home)
  await chown(home, account.uid, account.gid)
  const settings = await patroniSettings(place, name, network)
  const { env } = settings
  return {
    name,
    dataDir: join(home, 'data'),
    postgresPort,
    metricsUrl: `http://${HOST}:${restPort}/metrics`,
    patroni: daemon({
      name: `patroni of ${name}`,
      command: 'patroni',
      args: [settings.file],
      account,
      logFile: join(directory, `${name}-patroni.log`),
      env,
    }),
    pgbouncer: await pgbouncerOf(place, name, network),
    etcd: own.daemon,
    toEtcd,
    toPostgres,
    toPgbouncer,
    toPatroni,
    role: () => readRole(restPort),
    async synchronousStandby() {
      // What Patroni knows of itself may be some seconds old; this is read for each request.
      const response = await fetch(`http://${HOST}:${restPort}/cluster`)
      const { members } = (await response.json()) as { members: { name: string; role: string }[] }
      return members.find(({ role }) => role === 'sync_standby')?.name
    },
    async reinitialize() {
      const authorization = `Basic ${Buffer.from(`operator:${PASSWORDS.rest}`).toString('base64')}`
      const call = { method: 'POST', headers: { authorization }, body: '{"force":true}' }
      const response = await fetch(`http://${HOST}:${restPort}/reinitialize`, call)
      if (!response.ok) throw new Error(`${name} cannot be copied anew: ${await response.text()}`)
    },
    postmaster: async () => Number((await run('head', ['-1', join(home, 'data/postmaster.pid')])).trim()),
    query: (text, database = 'postgres') => query(postgresPort, database, text),
    asPostgres: (command, args, input = '') => run(command, args, { account, env, input }),
  }
}

async function patroniSettings(
  place: Place,
  name: string,
  network: Network,
): Promise<{ file: string; env: Record<string, string> }> {
  const { directory, binaries, certificates } = place
  const home = join(directory, name)
  const file = await copyRecipe('patroni/patroni.yml', join(home, 'patroni.yml'), {
    '10.0.0.0/24': `${OTHER_MACHINE}/32`,
    // Nobody is there.
    '10.0.1.0/24': '127.0.0.3/32',
    '/etc/jumun-db': certificates.directory,
  })
  return {
    file,
    env: {
      HOME: home,
      // PostgreSQL has it from Patroni.
      PGBACKREST_CONFIG: await prepareBackups(place, name, network.postgresPort),
      PATRONI_NAME: name,
      PATRONI_RESTAPI_LISTEN: `${HOST}:${network.restPort}`,
      PATRONI_RESTAPI_CONNECT_ADDRESS: `${HOST}:${network.toPatroni.port}`,
      PATRONI_POSTGRESQL_LISTEN: `${HOST}:${network.postgresPort}`,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `${HOST}:${network.toPostgres.port}`,
      PATRONI_POSTGRESQL_DATA_DIR: join(home, 'data'),
      PATRONI_POSTGRESQL_BIN_DIR: binaries,
      PATRONI_POSTGRESQL_PGPASS: join(home, 'pgpass'),
      PATRONI_ETCD3_HOSTS: network.toEtcd.map(({ port }) => `${HOST}:${port}`).join(','),
      PATRONI_ETCD3_PROTOCOL: 'https',
      PATRONI_ETCD3_CACERT: certificates.authority,
      PATRONI_ETCD3_CERT: certificates.certificate,
      PATRONI_ETCD3_KEY: certificates.key,
      // Else it asks etcd for its addresses, and goes past the proxy.
      PATRONI_ETCD3_USE_PROXIES: 'true',
      PATRONI_RESTAPI_USERNAME: 'operator',
      PATRONI_RESTAPI_PASSWORD: PASSWORDS.rest,
      PATRONI_SUPERUSER_USERNAME: 'postgres',
      PATRONI_SUPERUSER_PASSWORD: PASSWORDS.postgres,
      PATRONI_REPLICATION_USERNAME: 'replicator',
      PATRONI_REPLICATION_PASSWORD: PASSWORDS.replicator,
      PATRONI_REPLICATION_SSLMODE: 'verify-full',
      PATRONI_REPLICATION_SSLROOTCERT: certificates.authority,
      PATRONI_REWIND_USERNAME: 'rewind',
      PATRONI_REWIND_PASSWORD: PASSWORDS.rewind,
      PATRONI_REWIND_SSLMODE: 'verify-full',
      PATRONI_REWIND_SSLROOTCERT: certificates.authority,
    },
  }
}

async function pgbouncerOf(
  { directory, account, certificates }: Place,
  name: string,
  network: Network,
): Promise<Daemon> {
  const home = join(directory, name)
  const userlist = join(home, 'userlist.txt')
  await writeFile(userlist, `"jumun" "${PASSWORDS.jumun}"\n`)
  const settings = await copyRecipe('pgbouncer/pgbouncer.ini', join(home, 'pgbouncer.ini'), {
    'host=127.0.0.1 port=5432': `host=${HOST} port=${network.postgresPort}`,
    'listen_addr = 0.0.0.0': `listen_addr = ${HOST}`,
    'listen_port = 6432': `listen_port = ${network.bouncerPort}`,
    '/etc/pgbouncer/userlist.txt': userlist,
    '/etc/jumun-db': certificates.directory,
  })
  return daemon({
    name: `PgBouncer of ${name}`,
    command: 'pgbouncer',
    args: [settings],
    account,
    logFile: join(directory, `${name}-pgbouncer.log`),
  })
}

async function readRole(restPort: number): Promise<'primary' | 'replica' | undefined> {
  try {
    const response = await fetch(`http://${HOST}:${restPort}/`, { signal: AbortSignal.timeout(2_000) })
    const { role, state } = (await response.json()) as { role: string; state: string }
    if (state !== 'running') return undefined
    return ['master', 'primary'].includes(role) ? 'primary' : 'replica'
  } catch {
    return undefined
  }
}

/** Runs a statement as the superuser, past every proxy. */
async function query<Row extends pg.QueryResultRow>(port: number, database: string, text: string): Promise<Row[]> {
  const login = { user: 'postgres', password: PASSWORDS.postgres }
  const client = new pg.Client({ host: HOST, port, ...login, database, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Creates the role and the database of the shop. */
export async function createShopDatabase(primary: Machine): Promise<void> {
  await primary.query(`create role jumun login password '${PASSWORDS.jumun}'`)
  await primary.query('create database jumun owner jumun')
}

/** What the API connects to: every machine's PgBouncer, of which it finds the one with the writable server. */
export function databaseUrlOf(machines: Machine[], { authority }: Certificates): string {
  const hosts = machines.map(({ toPgbouncer }) => `${HOST}:${toPgbouncer.port}`)
  return `postgres://jumun:${PASSWORDS.jumun}@${hosts.join(',')}/jumun?pgbouncer=true&sslmode=verify-full&sslrootcert=${authority}`
}
