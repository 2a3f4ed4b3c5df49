import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { createDataDir, postmasterOf, temporaryDataDir } from '@jumun/test-kit/data-dir'
import { onServer } from '@jumun/test-kit/on-server'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { startOtherUser } from '../test-support/other-user.ts'

/** A cluster that was stopped, with one table in it, and the lines that its `postmaster.pid` had. */
let dataDir: string
let pidFile: string
let pidLines: string[]

beforeAll(async () => {
  const made = await createDataDir({ name: 'data' })
  dataDir = made.path
  pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  await onServer(postgres.url, 'create table kept as select 42 as answer')
  pidLines = (await readFile(pidFile, 'utf8')).split('\n')
  await postgres.stop()
  return made.remove
})

async function expectToStartWithItsData() {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(await onServer(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await postgres.stop()
}

/** Something that runs as the server's account does, which PostgreSQL then takes for a server of its own. */
async function startOtherProgram(command: string, ...args: string[]) {
  const { uid, gid } = await stat(join(dataDir, 'postgres'))
  const other = spawn(command, args, { uid, gid })
  onTestFinished(() => {
    other.kill()
  })
  return other
}

test('a cluster whose making was cut short by a kill is made anew', async () => {
  const freshDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const killed = startOtherUser(freshDir)
  await killed.starting
  const isHalfMade = async () => {
    const names = await readdir(freshDir).catch(() => [])
    const workshop = names.find((name) => name.startsWith('postgres.unfinished-'))
    return workshop && existsSync(join(freshDir, workshop, 'cluster', 'PG_VERSION'))
  }
  while (!(await isHalfMade())) await sleep(5)
  killed.process.kill('SIGKILL')

  const startedAt = performance.now()
  const postgres = await startEmbeddedPostgres({ dataDir: freshDir, durable: false })
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  await onServer(postgres.url, 'select 1')
  await postgres.stop()
  await (await startEmbeddedPostgres({ dataDir: freshDir, durable: false })).stop()
  expect((await readdir(freshDir)).filter((name) => name.includes('unfinished'))).toEqual([])
})

test('a server that was killed itself comes back with its data, once its last query is over', async () => {
  const freshDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const first = await startEmbeddedPostgres({ dataDir: freshDir })
  await onServer(first.url, 'create table kept as select 42 as answer')
  // A busy backend outlives its server for as long as it does not look up.
  const busy = onServer(
    first.url,
    "do $$ begin while clock_timestamp() < now() + '1.5 s'::interval loop null; end loop; end $$",
  ).catch(() => {})
  await sleep(200)
  process.kill((await postmasterOf(freshDir)).pid, 'SIGKILL')

  const startedAt = performance.now()
  const second = await startEmbeddedPostgres({ dataDir: freshDir })
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await onServer(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await first.stop()
  await onServer(second.url, 'select 1')
  await second.stop()
  await busy
})

test('a left-over process number that another program has now is not taken for the server', async () => {
  const other = await startOtherProgram('sleep', '60')
  await writeFile(pidFile, [other.pid, ...pidLines.slice(1)].join('\n'))

  await expectToStartWithItsData()
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('stopping a server that died stops no other program that has its process number now', async () => {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  const { pid } = await postmasterOf(dataDir)
  const other = await startOtherProgram('sleep', '60')
  process.kill(pid, 'SIGKILL')
  await writeFile(pidFile, [other.pid, ...pidLines.slice(1)].join('\n'))

  await postgres.stop()
  await sleep(100)
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('a left-over process number of the server of another cluster is not taken for this one', async () => {
  const otherDataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const other = await startEmbeddedPostgres({ dataDir: otherDataDir, durable: false })
  await writeFile(pidFile, [(await postmasterOf(otherDataDir)).pid, ...pidLines.slice(1)].join('\n'))

  await expectToStartWithItsData()
  await onServer(other.url, 'select 1')
  await other.stop()
})

test('a left-over process number of a server that ended, but that nobody waited for, is not taken for the server', async () => {
  const program = join(dirname(dataDir), 'postgres')
  await symlink('/bin/sh', program)
  // By the time it ends, `sleep` has taken the shell's place and knows of no child.
  const script = '"$1" -c "sleep 0.2; exit 0" & echo $!; exec sleep 60'
  const parent = await startOtherProgram('/bin/sh', '-c', script, 'sh', program)
  const [pid] = await once(parent.stdout, 'data')
  await sleep(500)
  await writeFile(pidFile, [String(pid).trim(), ...pidLines.slice(1)].join('\n'))
  await expectToStartWithItsData()
})

test('a left-over process number that nobody has does not keep the server from starting', async () => {
  await writeFile(pidFile, ['4194303', ...pidLines.slice(1)].join('\n'))
  await expectToStartWithItsData()
})

test('a process file that a crash left empty does not keep the server from starting', async () => {
  await writeFile(pidFile, '')
  await expectToStartWithItsData()
})
