import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
import { scaleByLoad } from '@jumun/test-kit/machine-load'
import type { Program } from '@jumun/test-kit/program'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { addressOf, endOf, MAIN, startPlatform } from '../test-support/child.ts'
import { fetchStats, orderEvent, SECRET, signedPost } from '../test-support/sender.ts'

let directory: string

beforeEach(async () => {
  directory = await temporaryDataDir(onTestFinished)
})

function run(settings: Record<string, string> = {}): Program {
  return startPlatform({ DATA_DIR: directory, DATA_PLATFORM_SECRET: SECRET, ...settings }, onTestFinished)
}

/** Sends batches until the platform has ended, and returns the ids of the events that it accepted. */
async function sendUntilKilled(url: string, onReply: (count: number) => void): Promise<string[]> {
  const acknowledged: string[] = []
  try {
    while (true) {
      const reply = await fetch(signedPost(url, { events: Array.from({ length: 50 }, () => orderEvent()) }))
      const { accepted } = (await reply.json()) as { accepted: string[] }
      acknowledged.push(...accepted)
      onReply(acknowledged.length)
    }
  } catch {
    return acknowledged
  }
}

test('acknowledged events and the counters survive a kill -9', async () => {
  const child = run()
  const url = await addressOf(child)
  const event = orderEvent()
  await fetch(signedPost(url, { events: [event, orderEvent({ version: 0 })] }))
  await fetch(signedPost(url, { events: [event] }))
  await fetch(signedPost(url, { events: [event] }, { 'webhook-id': 'forged' }))
  const acknowledged = await sendUntilKilled(url, (count) => {
    if (count > 1_000) setTimeout(() => child.process.kill('SIGKILL'), 3)
  })

  const restarted = await addressOf(run())
  const { events, ...counters } = await fetchStats(restarted)
  expect(counters).toEqual({ orders: events, duplicates: 1, rejected: 1, badSignatures: 1 })
  expect(events).toBeGreaterThan(acknowledged.length)
  const again = acknowledged.slice(-500).map((id) => orderEvent({ id }))
  const reply = await fetch(signedPost(restarted, { events: again }))
  expect(await reply.json()).toMatchObject({ accepted: [], duplicates: again.map(({ id }) => id) })
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops the platform with exit code 0, even while requests hang',
  async (signal) => {
    const child = run()
    const url = await addressOf(child)
    await fetch(`${url}/faults`, { method: 'PUT', body: '{"hang":true}' })
    const hanging = fetch(signedPost(url, { events: [orderEvent()] })).catch(() => 'closed')
    // An idle connection and a second signal must not delay it either.
    await fetch(`${url}/v1/stats`)
    const end = endOf(child)
    child.process.kill(signal)
    child.process.kill(signal)
    expect(await end).toEqual({ stderr: '', code: 0 })
    expect(await hanging).toBe('closed')
  },
)

test('the platform stops when its parent is killed', async () => {
  const source = `require('node:child_process').fork(process.argv[1]).on('message', ({ url }) => console.log(url))`
  const parent = spawn(process.execPath, ['-e', source, MAIN], {
    env: { MOCK_DATA_PLATFORM_PORT: '0', DATA_DIR: directory, DATA_PLATFORM_SECRET: SECRET },
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  let stdout = ''
  for await (const chunk of parent.stdout) {
    stdout += chunk
    if (stdout.endsWith('\n') && stdout.includes('\nhttp')) break
  }
  const url = stdout.trim().split('\n').at(-1) ?? ''
  expect((await fetch(`${url}/v1/stats`)).status).toBe(200)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await expect.poll(() => fetch(`${url}/v1/stats`).catch(() => 'gone'), { timeout: scaleByLoad(5_000) }).toBe('gone')
})

test('the secret is read from the file that the API generates', async () => {
  await writeFile(join(directory, 'data-platform-secret'), `${SECRET}\n`)
  const child = startPlatform({ DATA_DIR: directory }, onTestFinished)
  const reply = await fetch(signedPost(await addressOf(child), { events: [orderEvent()] }))
  expect(reply.status).toBe(200)
})

test('only the owner can read the files of the storage, also those of an older version', async () => {
  const modes = async () => {
    const names = (await readdir(directory)).filter((name) => name.startsWith('mock-data-platform.sqlite'))
    const found = await Promise.all(names.map(async (name) => (await stat(join(directory, name))).mode & 0o777))
    return { names, found: [...new Set(found)] }
  }
  const child = run()
  await fetch(signedPost(await addressOf(child), { events: [orderEvent()] }))
  const { names, found } = await modes()
  expect(names).toHaveLength(3)
  expect(found).toEqual([0o600])
  await child.kill()
  for (const name of names) await chmod(join(directory, name), 0o644)
  await addressOf(run())
  expect((await modes()).found).toEqual([0o600])
})

test('without a secret the error names the missing setting and file, in one line', async () => {
  const child = startPlatform({ DATA_DIR: directory }, onTestFinished)
  const { stderr, code } = await endOf(child)
  expect(stderr).toBe(
    `mock data platform: DATA_PLATFORM_SECRET: not set, and no file ${join(directory, 'data-platform-secret')}; ` +
      'the API generates it\n',
  )
  expect(code).toBe(1)
})

test('the error for a port in use is one line', async () => {
  const { port } = new URL(await addressOf(run()))
  const { stderr, code } = await endOf(run({ MOCK_DATA_PLATFORM_PORT: port }))
  expect(stderr).toBe(`mock data platform: MOCK_DATA_PLATFORM_PORT: ${port} is taken by another process\n`)
  expect(code).toBe(1)
})

test('the error for a storage file that is not a database is one line', async () => {
  await writeFile(join(directory, 'mock-data-platform.sqlite'), 'no database'.repeat(1_000))
  const { stderr, code } = await endOf(run())
  expect(stderr).toMatch(/^mock data platform: .*file is not a database\n$/)
  expect(code).toBe(1)
})
