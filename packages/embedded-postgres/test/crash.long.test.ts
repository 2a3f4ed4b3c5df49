import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import type { CleanUp } from '@jumun/test-kit/clean-up'
import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { postmasterOf, temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { waitFor } from '@jumun/test-kit/wait-for'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { startOtherUser } from '../test-support/other-user.ts'

/** How long a start after a crash may take. */
const START_MAX_MS = 10_000

/** Limits a wait whose duration is not asserted. */
const PATIENCE_MS = scaleByLoad(20_000)

/** A stopped cluster with one table, and the lines that its `postmaster.pid` had. */
let dataDir: string
let pidFile: string
let pidLines: string[]

beforeAll(async () => {
  let remove = async () => {}
  const cleanUp: CleanUp = (work) => {
    remove = async () => work()
  }
  dataDir = await temporaryClusterDir(cleanUp, { name: 'data' })
  pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  await onServer(postgres.url, 'create table kept as select 42 as answer')
  pidLines = (await readFile(pidFile, 'utf8')).split('\n')
  await postgres.stop()
  return remove
})

async function expectToStartWithItsData() {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(await onServer(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await postgres.stop()
}

/** Starts a program under the account of the server, which PostgreSQL can then mistake for a server of its own. */
async function startOtherProgram(command: string, ...args: string[]) {
  const { uid, gid } = await stat(join(dataDir, 'postgres'))
  const other = spawn(command, args, { uid, gid })
  onTestFinished(() => {
    other.kill()
  })
  return other
}

test('a cluster whose creation was killed is created again', async () => {
  const freshDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const killed = startOtherUser(freshDir)
  await killed.starting
  const isIncomplete = async () => {
    const names = await readdir(freshDir).catch(() => [])
    const unfinished = names.find((name) => name.startsWith('postgres.unfinished-'))
    return unfinished !== undefined && existsSync(join(freshDir, unfinished, 'cluster', 'PG_VERSION'))
  }
  while (!(await isIncomplete())) await sleep(5)
  killed.process.kill('SIGKILL')

  const startedAt = performance.now()
  const postgres = await startEmbeddedPostgres({ dataDir: freshDir, durable: false })
  expect(performance.now() - startedAt).toBeLessThan(scaleByLoad(START_MAX_MS))
  await onServer(postgres.url, 'select 1')
  await postgres.stop()
  await (await startEmbeddedPostgres({ dataDir: freshDir, durable: false })).stop()
  expect((await readdir(freshDir)).filter((name) => name.includes('unfinished'))).toEqual([])
})

test('a server that was killed starts again with its data after its last query has ended', async () => {
  const freshDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const first = await startEmbeddedPostgres({ dataDir: freshDir })
  await onServer(first.url, 'create table kept as select 42 as answer')
  // A busy backend outlives its server until it checks for interrupts.
  const loop = "do $$ begin while clock_timestamp() < now() + '1.5 s'::interval loop null; end loop; end $$"
  const busy = onServer(first.url, loop).catch(() => {})
  const running = `select 1 from pg_stat_activity where state = 'active' and query = $1`
  await waitFor(async () => (await onServer(first.url, running, [loop])).length === 1, PATIENCE_MS)
  process.kill((await postmasterOf(freshDir)).pid, 'SIGKILL')

  const startedAt = performance.now()
  const second = await startEmbeddedPostgres({ dataDir: freshDir })
  expect(performance.now() - startedAt).toBeLessThan(scaleByLoad(START_MAX_MS))
  expect(await onServer(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await first.stop()
  await onServer(second.url, 'select 1')
  await second.stop()
  await busy
})

test('a stale process id that belongs to another program now is not mistaken for the server', async () => {
  const other = await startOtherProgram('sleep', '60')
  await writeFile(pidFile, [other.pid, ...pidLines.slice(1)].join('\n'))

  await expectToStartWithItsData()
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('stopping a server that died does not stop a program that has its process id now', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  const { pid } = await postmasterOf(dataDir)
  const other = await startOtherProgram('sleep', '60')
  process.kill(pid, 'SIGKILL')
  await writeFile(pidFile, [other.pid, ...pidLines.slice(1)].join('\n'))

  await postgres.stop()
  // Time enough for a signal to end the program.
  await sleep(scaleByLoad(100))
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('a stale process id that belongs to the server of another cluster is not mistaken for this server', async () => {
  const otherDataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const other = await startEmbeddedPostgres({ dataDir: otherDataDir, durable: false })
  await writeFile(pidFile, [(await postmasterOf(otherDataDir)).pid, ...pidLines.slice(1)].join('\n'))

  await expectToStartWithItsData()
  await onServer(other.url, 'select 1')
  await other.stop()
})

test('a stale process id of a server that has become a zombie is not mistaken for the server', async () => {
  const program = join(dirname(dataDir), 'postgres')
  await symlink('/bin/sh', program)
  // `sleep` replaces the shell before the child ends, and never waits for it.
  const script = '"$1" -c "sleep 0.2; exit 0" & echo $!; exec sleep 60'
  const parent = await startOtherProgram('/bin/sh', '-c', script, 'sh', program)
  const [pid] = await once(parent.stdout, 'data')
  const isZombie = async () => / Z /.test(await readFile(`/proc/${String(pid).trim()}/stat`, 'utf8'))
  await waitFor(isZombie, PATIENCE_MS)
  await writeFile(pidFile, [String(pid).trim(), ...pidLines.slice(1)].join('\n'))
  await expectToStartWithItsData()
})

test('a stale process id of no process does not prevent a start', async () => {
  await writeFile(pidFile, ['4194303', ...pidLines.slice(1)].join('\n'))
  await expectToStartWithItsData()
})

test('a process file that a crash left empty does not prevent a start', async () => {
  await writeFile(pidFile, '')
  await expectToStartWithItsData()
})
