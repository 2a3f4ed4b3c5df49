import { connect, createServer } from 'node:net'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { listenOnLoopback } from '@jumun/test-kit/loopback'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { type ReplicatedPair, startReplicatedPair } from '@jumun/test-kit/replicated-pair'
import { startTcpProxy } from '@jumun/test-kit/tcp-proxy'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { DatabaseServers } from '../../src/database/database-servers.ts'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { openDatabase } from '../../src/database/orm.ts'
import { isDatabaseUnavailable } from '../../src/database/unavailable.ts'

let pair: ReplicatedPair
const cleanUps: (() => unknown)[] = []
beforeAll(async () => {
  pair = await startReplicatedPair((run) => cleanUps.push(run), { cluster: inject('testDatabases').cluster })
  return async () => {
    for (const run of cleanUps.reverse()) await run()
  }
})

async function open(url: string | DatabaseServers, poolSize = 2) {
  const database = await openDatabase({ url, poolSize })
  onTestFinished(() => database.close(true))
  const run = <Row>(statement: string) => database.em.fork().execute<Row[]>(statement)
  const charge = (memberId: string) => run(`insert into point_account (member_id, balance) values ('${memberId}', 1)`)
  return { em: database.em, run, charge, port: async () => (await run<{ port: number }>(PORT))[0]?.port }
}

const PORT = 'select inet_server_port() as port'
const portOf = (url: string) => Number(new URL(url).port)
const DEAD = '127.0.0.1:9'

test('of several servers the one that can be written is used, wherever it stands in the URL', async () => {
  const { primary, standby, both } = pair
  const dead = primary.url.replace(new URL(primary.url).host, DEAD)
  const urls = [both(standby.url, primary.url), both(primary.url, standby.url), both(dead, primary.url)]
  for (const [index, url] of urls.entries()) {
    await migrateDatabase(url)
    const { port, charge } = await open(url)
    expect(await port()).toBe(portOf(primary.url))
    await charge(`member-${index}`)
  }
})

/** The URL of three servers: the first does not answer, and the last can be written. */
async function silentFirst(): Promise<string> {
  const { primary, standby, both } = pair
  const silent = await startTcpProxy()
  onTestFinished(silent.close)
  await silent.setMode({ kind: 'silent' })
  return both(silent.via(primary.url), standby.url, primary.url)
}

test('a server that does not answer does not use up the time in which a connection must be made', async () => {
  const { port } = await open(await silentFirst())
  expect(await port()).toBe(portOf(pair.primary.url))
})

test('a server that does not answer does not delay the use of another one that can be written', async () => {
  const servers = new DatabaseServers(await silentFirst(), 'read-write', scaleByLoad(600_000))
  expect(portOf(await servers.find())).toBe(portOf(pair.primary.url))
})

test('a server that does not tell its timeline is used as well', async () => {
  const { primary, standby, both } = pair
  const onPrimary = (statement: string) => onServer(primary.url, statement).then(() => {})
  await onPrimary(`create role clerk login password 'clerk'`)
  await onPrimary('revoke execute on function pg_current_wal_lsn() from public')
  onTestFinished(() => onPrimary('grant execute on function pg_current_wal_lsn() to public'))
  const url = Object.assign(new URL(standby.url), { username: 'clerk', password: 'clerk' })
  expect(portOf(await new DatabaseServers(both(url.href, primary.url)).find())).toBe(portOf(primary.url))
})

test('a pooler that still reports that its server can be written, which became a standby, is not taken for the primary', async () => {
  const { primary, standby, both } = pair
  const pooler = createServer((client) => {
    const server = connect(portOf(standby.url), '127.0.0.1')
    client.pipe(server).on('error', () => client.destroy())
    server.on('data', (bytes: Buffer) => client.write(reportingWritable(bytes))).on('close', () => client.destroy())
    client.on('error', () => server.destroy()).on('close', () => server.destroy())
  })
  const { port: poolerPort, close } = await listenOnLoopback(pooler)
  onTestFinished(close)
  const stale = new URL(standby.url)
  stale.port = `${poolerPort}`
  const { port } = await open(both(stale.href, primary.url))
  expect(await port()).toBe(portOf(primary.url))
})

/** What a standby says at the start of a session, with the report of a primary. */
function reportingWritable(bytes: Buffer): Buffer {
  const report = (value: string) => {
    const text = `in_hot_standby\0${value}\0`
    const length = Buffer.alloc(4)
    length.writeInt32BE(4 + text.length)
    return Buffer.concat([Buffer.from('S'), length, Buffer.from(text)])
  }
  const [on, off] = [report('on').toString('latin1'), report('off').toString('latin1')]
  return Buffer.from(bytes.toString('latin1').replaceAll(on, off), 'latin1')
}

test('a start with standbys only fails with one line that says why of each server', async () => {
  const { standby, both } = pair
  await expect(migrateDatabase(standby.url)).rejects.toThrow(/^The database is read-only: it is a standby[^\n]+$/)
  const { host } = new URL(standby.url)
  const start = migrateDatabase(both(standby.url, `postgres://${DEAD}`))
  await expect(start).rejects.toThrow(
    `No server can be written: ${host} is read-only; 127.0.0.1:9 failed: connect ECONNREFUSED 127.0.0.1:9.`,
  )
  await expect(start).rejects.toSatisfy(isDatabaseUnavailable)
})

test('a write that a server refuses as read-only drops the connections of all pools, and counts as an outage', async () => {
  const { primary } = pair
  const servers = new DatabaseServers(primary.url)
  const [one, other] = [await open(servers), await open(servers)]
  const held = other.run('select pg_sleep(10)')
  held.catch(() => {})
  const sleeping = () => onServer(primary.url, `select from pg_stat_activity where wait_event = 'PgSleep'`)
  await expect.poll(sleeping, { timeout: scaleByLoad(5_000) }).toHaveLength(1)
  const write = one.em.fork().transactional((em) => em.execute('delete from point_account'), { readOnly: true })
  await expect(write).rejects.toSatisfy(isDatabaseUnavailable)
  await expect(held).rejects.toThrow('Connection terminated')
  await one.charge('again')
})

test('a session that reports that it is read-only now loses its connection, and no other is made', async () => {
  const { primary } = pair
  const { run } = await open(primary.url)
  await run('select 1')
  const demote = async (on: string) => {
    await onServer(primary.url, `alter system set default_transaction_read_only = ${on}`)
    await onServer(primary.url, 'select pg_reload_conf()')
  }
  await demote('on')
  try {
    const read = () =>
      run('select 1').then(
        () => 'read',
        (error) => isDatabaseUnavailable(error),
      )
    await expect.poll(read, { timeout: scaleByLoad(5_000) }).toBe(true)
    await expect(run('select 1')).rejects.toThrow('read-only')
  } finally {
    await demote('off')
  }
  await expect.poll(() => run('select 1 as one').catch(() => []), { timeout: scaleByLoad(5_000) }).toEqual([{ one: 1 }])
})

test('after a failover the pool goes on with the new primary, and every call until then fails as an outage', async () => {
  const { primary, standby, both } = pair
  const { port, charge } = await open(both(primary.url, standby.url))
  await charge('before')
  await primary.stop()
  await expect(charge('between')).rejects.toSatisfy(isDatabaseUnavailable)
  await onServer(standby.url, 'select pg_promote()')
  const goOn = () =>
    charge('after').then(
      () => 'done',
      (error) => isDatabaseUnavailable(error),
    )
  await expect.poll(goOn, { timeout: scaleByLoad(5_000) }).toBe('done')
  expect(await port()).toBe(portOf(standby.url))
  const lost = await onServer(standby.url, `select from point_account where member_id = 'between'`)
  expect(lost).toEqual([])
})

test('of two servers that can be written, the one that was promoted last is used', async () => {
  const { standby, both, primaryDataDir } = pair
  const replaced = await startEmbeddedPostgres({ dataDir: primaryDataDir })
  onTestFinished(replaced.stop)
  for (const url of [both(replaced.url, standby.url), both(standby.url, replaced.url)])
    expect(portOf(await new DatabaseServers(url).find())).toBe(portOf(standby.url))
})
