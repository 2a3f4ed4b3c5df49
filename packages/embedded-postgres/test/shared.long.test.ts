import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '@jumun/embedded-postgres'
import { temporaryClusterDir } from '@jumun/test-kit/cluster-copy'
import { postmasterOf, temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import { onServer } from '@jumun/test-kit/on-server'
import { waitFor } from '@jumun/test-kit/wait-for'
import { expect, onTestFinished, test } from 'vitest'
import { startOtherUser } from '../test-support/other-user.ts'

test('a server whose starting process was killed is used and stopped by the next process', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const killed = startOtherUser(dataDir)
  const url = await killed.url
  await onServer(url, 'create table kept as select 42 as answer')
  const before = await postmasterOf(dataDir)
  killed.process.kill('SIGKILL')

  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  expect(await postmasterOf(dataDir)).toEqual(before)
  expect(postgres.url).toBe(url)
  expect(await onServer(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await postgres.stop()
  await expect(onServer(url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a second process uses the same server and does not stop it', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  const second = startOtherUser(dataDir)
  expect(await second.url).toBe(postgres.url)
  expect(await second.stop()).toBe(0)

  await onServer(postgres.url, 'select 1')
  await postgres.stop()
  await expect(onServer(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a server outlives the process that started it while another process uses it, which then stops it', async () => {
  const dataDir = await temporaryClusterDir(onTestFinished, { name: 'data' })
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false })
  const second = startOtherUser(dataDir)
  await second.url
  await postgres.stop()

  await onServer(postgres.url, 'select 1')
  expect(await second.stop()).toBe(0)
  await expect(onServer(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('processes that start concurrently on an empty directory share one cluster', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const users = [startOtherUser(dataDir), startOtherUser(dataDir), startOtherUser(dataDir)]
  const [url = '', ...others] = await Promise.all(users.map((user) => user.url))
  expect(others).toEqual([url, url])
  await onServer(url, 'create table one_cluster ()')

  expect(await Promise.all(users.map((user) => user.stop()))).toEqual([0, 0, 0])
  await expect(onServer(url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a Ctrl-C in the terminal does not reach the server while it starts, runs or stops', async () => {
  const dataDir = await temporaryDataDir(onTestFinished, { name: 'data' })
  const user = startOtherUser(dataDir)
  await user.starting
  // The launcher repeats a program that a Ctrl-C ended before it had its own session, but only ten times.
  const intervalMs = scaleByLoad(20)
  let sent = 0
  const interrupts = setInterval(() => {
    if (user.process.pid && process.kill(-user.process.pid, 'SIGINT')) sent++
  }, intervalMs)
  try {
    await onServer(await user.url, 'select 1')
    const sentBefore = sent
    await waitFor(() => sent >= sentBefore + 10, scaleByLoad(20_000))
    await onServer(await user.url, 'select 1')
    const stopped = user.stop()
    while ((await postmasterOf(dataDir)).pid) await sleep(5)
    // Node handles no signals while it exits.
    clearInterval(interrupts)
    expect(await stopped).toBe(0)
  } finally {
    clearInterval(interrupts)
  }
})
