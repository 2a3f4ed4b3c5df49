import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@jumun/test-kit/ports'
import { startTcpProxy, type TcpProxy } from '@jumun/test-kit/tcp-proxy'
import { waitFor } from '@jumun/test-kit/wait-for'
import pg from 'pg'
import { type Daemon, daemon, run } from './daemon.ts'
import { copyRecipe, OPS } from './recipe.ts'

const HOST = '127.0.0.1'
const PASSWORDS = { postgres: 'superuser-of-the-test', replicator: 'replicator-of-the-test', jumun: 'shop-of-the-test' }

/** Where everything of a cluster is, and the account that PostgreSQL runs as. */
export interface Place {
  directory: string
  account: { uid: number; gid: number }
  binaries: string
}

/** One machine of the database: PostgreSQL under Patroni, with PgBouncer before it. */
export interface Machine {
  name: string
  patroni: Daemon
  pgbouncer: Daemon
  /** Between Patroni and etcd: cuts this machine off from the others' decisions. */
  toEtcd: TcpProxy
  /** Between the other machine and this one's PostgreSQL, and the API and this one's PgBouncer. */
  toPostgres: TcpProxy
  toPgbouncer: TcpProxy
  /** Between the other machines' Patroni and this one's. */
  toPatroni: TcpProxy
  /** What Patroni says of it; undefined while it does not answer. */
  role(): Promise<'primary' | 'replica' | undefined>
  /** The standby that etcd says has every commit, and so may take over; undefined if there is none. */
  synchronousStandby(): Promise<string | undefined>
  /** The postmaster's process id. */
  postmaster(): Promise<number>
  query<Row extends pg.QueryResultRow>(text: string, database?: string): Promise<Row[]>
}

/** Starts etcd, of which the test needs one; a real installation has three. */
export async function startEtcd({ directory }: Place): Promise<{ etcd: Daemon; port: number }> {
  const [port, peerPort] = [await freePort(), await freePort()]
  const [client, peer] = [`http://${HOST}:${port}`, `http://${HOST}:${peerPort}`]
  const etcd = daemon({
    name: 'etcd',
    command: 'etcd',
    args: [
      ...['--name', 'etcd-1', '--data-dir', join(directory, 'etcd'), '--logger', 'zap', '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer],
      ...['--initial-advertise-peer-urls', peer, '--initial-cluster', `etcd-1=${peer}`],
    ],
    logFile: join(directory, 'etcd.log'),
  })
  etcd.start()
  await waitFor(async () => (await fetch(`${client}/health`)).ok, 30_000)
  return { etcd, port }
}

/** The ports of a machine, and its address in the eyes of the others: a proxy before each of them, which can cut it off. */
interface Network extends Pick<Machine, 'toPostgres' | 'toPgbouncer' | 'toPatroni' | 'toEtcd'> {
  postgresPort: number
  restPort: number
  bouncerPort: number
}

async function openNetwork(etcdPort: number): Promise<Network> {
  const [postgresPort, restPort, bouncerPort] = [await freePort(), await freePort(), await freePort()]
  const proxyTo = async (port: number) => {
    const proxy = await startTcpProxy()
    proxy.setTarget({ port })
    return proxy
  }
  return {
    postgresPort,
    restPort,
    bouncerPort,
    toEtcd: await proxyTo(etcdPort),
    toPostgres: await proxyTo(postgresPort),
    toPgbouncer: await proxyTo(bouncerPort),
    toPatroni: await proxyTo(restPort),
  }
}

/** Prepares a machine. Patroni and PgBouncer are not started yet. */
export async function prepareMachine(place: Place, name: string, etcdPort: number): Promise<Machine> {
  const { directory, account } = place
  const network = await openNetwork(etcdPort)
  const { postgresPort, restPort, toPostgres, toPgbouncer, toPatroni, toEtcd } = network
  const home = join(directory, name)
  await mkdir(home)
  await chown(home, account.uid, account.gid)
  return {
    name,
    patroni: patroniOf(place, name, network),
    pgbouncer: await pgbouncerOf(place, name, network),
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
    postmaster: async () => Number((await run('head', ['-1', join(home, 'data/postmaster.pid')])).trim()),
    query: (text, database = 'postgres') => query(postgresPort, database, text),
  }
}

function patroniOf({ directory, account, binaries }: Place, name: string, network: Network): Daemon {
  const home = join(directory, name)
  return daemon({
    name: `patroni of ${name}`,
    command: 'patroni',
    args: [join(OPS, 'patroni/patroni.yml')],
    account,
    logFile: join(directory, `${name}-patroni.log`),
    env: {
      HOME: home,
      PATRONI_NAME: name,
      PATRONI_RESTAPI_LISTEN: `${HOST}:${network.restPort}`,
      PATRONI_RESTAPI_CONNECT_ADDRESS: `${HOST}:${network.toPatroni.port}`,
      PATRONI_POSTGRESQL_LISTEN: `${HOST}:${network.postgresPort}`,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: `${HOST}:${network.toPostgres.port}`,
      PATRONI_POSTGRESQL_DATA_DIR: join(home, 'data'),
      PATRONI_POSTGRESQL_BIN_DIR: binaries,
      PATRONI_POSTGRESQL_PGPASS: join(home, 'pgpass'),
      PATRONI_ETCD3_HOSTS: `${HOST}:${network.toEtcd.port}`,
      // Else it asks etcd for its addresses, and goes past the proxy.
      PATRONI_ETCD3_USE_PROXIES: 'true',
      PATRONI_SUPERUSER_USERNAME: 'postgres',
      PATRONI_SUPERUSER_PASSWORD: PASSWORDS.postgres,
      PATRONI_REPLICATION_USERNAME: 'replicator',
      PATRONI_REPLICATION_PASSWORD: PASSWORDS.replicator,
    },
  })
}

async function pgbouncerOf({ directory, account }: Place, name: string, network: Network): Promise<Daemon> {
  const home = join(directory, name)
  const userlist = join(home, 'userlist.txt')
  await writeFile(userlist, `"jumun" "${PASSWORDS.jumun}"\n`)
  const settings = await copyRecipe('pgbouncer/pgbouncer.ini', join(home, 'pgbouncer.ini'), {
    'host=127.0.0.1 port=5432': `host=${HOST} port=${network.postgresPort}`,
    'listen_addr = 0.0.0.0': `listen_addr = ${HOST}`,
    'listen_port = 6432': `listen_port = ${network.bouncerPort}`,
    '/etc/pgbouncer/userlist.txt': userlist,
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
export function databaseUrlOf(machines: Machine[]): string {
  const hosts = machines.map(({ toPgbouncer }) => `${HOST}:${toPgbouncer.port}`)
  return `postgres://jumun:${PASSWORDS.jumun}@${hosts.join(',')}/jumun?pgbouncer=true`
}
