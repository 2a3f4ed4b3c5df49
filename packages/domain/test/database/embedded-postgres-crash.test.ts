import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'
import { postmasterOf, startOtherUser, temporaryDataDir } from '../../test-support/embedded-postgres-fixture.ts'
import { onServer } from '../../test-support/on-server.ts'

/** A cluster that was stopped, with one table in it, and the lines that its `postmaster.pid` had. */
async function stoppedCluster() {
  const dataDir = await temporaryDataDir()
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  await onServer(postgres.url, 'create table kept as select 42 as answer')
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const lines = (await readFile(pidFile, 'utf8')).split('\n')
  await postgres.stop()
  return { dataDir, pidFile, lines }
}

async function expectToStartWithItsData(dataDir: string) {
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(await onServer(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await postgres.stop()
}

test('a cluster whose making was cut short by a kill is made anew', async () => {
  const dataDir = await temporaryDataDir()
  const killed = startOtherUser(dataDir)
  await killed.starting
  const isHalfMade = async () => {
    const workshop = (await readdir(dataDir)).find((name) => name.startsWith('postgres.unfinished-'))
    return workshop && existsSync(join(dataDir, workshop, 'cluster', 'PG_VERSION'))
  }
  while (!(await isHalfMade())) await sleep(5)
  killed.process.kill('SIGKILL')

  const startedAt = performance.now()
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  await onServer(postgres.url, 'select 1')
  await postgres.stop()
  await (await startEmbeddedPostgres({ dataDir, durable: false })).stop()
  expect((await readdir(dataDir)).filter((name) => name.includes('unfinished'))).toEqual([])
})

test('a server that was killed itself comes back with its data, or is stopped without complaint', async () => {
  const dataDir = await temporaryDataDir()
  const first = await startEmbeddedPostgres({ dataDir })
  await onServer(first.url, 'create table kept as select 42 as answer')
  process.kill((await postmasterOf(dataDir)).pid, 'SIGKILL')

  const second = await startEmbeddedPostgres({ dataDir })
  expect(await onServer(second.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await first.stop()
  await onServer(second.url, 'select 1')
  process.kill((await postmasterOf(dataDir)).pid, 'SIGKILL')
  await second.stop()
})

test('a left-over process number that another program has now is not taken for the server', async () => {
  const { dataDir, pidFile, lines } = await stoppedCluster()
  const { uid, gid } = await stat(join(dataDir, 'postgres'))
  const other = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' })
  onTestFinished(() => {
    other.kill()
  })
  await writeFile(pidFile, [other.pid, ...lines.slice(1)].join('\n'))

  await expectToStartWithItsData(dataDir)
  expect(other.exitCode ?? other.signalCode).toBeNull()
})

test('a left-over process number of the server of another cluster is not taken for this one', async () => {
  const { dataDir, pidFile, lines } = await stoppedCluster()
  const otherDataDir = await temporaryDataDir()
  const other = await startEmbeddedPostgres({ dataDir: otherDataDir, durable: false })
  await writeFile(pidFile, [(await postmasterOf(otherDataDir)).pid, ...lines.slice(1)].join('\n'))

  await expectToStartWithItsData(dataDir)
  await onServer(other.url, 'select 1')
  await other.stop()
})

test('a left-over process number that nobody has does not keep the server from starting', async () => {
  const { dataDir, pidFile, lines } = await stoppedCluster()
  await writeFile(pidFile, ['4194303', ...lines.slice(1)].join('\n'))
  await expectToStartWithItsData(dataDir)
})

test('a process file that a crash left empty does not keep the server from starting', async () => {
  const { dataDir, pidFile } = await stoppedCluster()
  await writeFile(pidFile, '')
  await expectToStartWithItsData(dataDir)
})
