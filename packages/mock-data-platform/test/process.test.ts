import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDataDir } from '@jumun/test-kit/data-dir'
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

/** Sends batches until the platform is gone, and tells which events it answered for. */
async function sendUntilGone(url: string, onAnswer: (count: number) => void): Promise<string[]> {
  const answered: string[] = []
  try {
    while (true) {
      const reply = await fetch(signedPost(url, { events: Array.from({ length: 50 }, () => orderEvent()) }))
      const { accepted } = (await reply.json()) as { accepted: string[] }
      answered.push(...accepted)
      onAnswer(answered.length)
    }
  } catch {
    return answered
  }
}

test('what was answered for is there after a kill -9, and so are the counters', async () => {
  const child = run()
  const url = await addressOf(child)
  const event = orderEvent()
  await fetch(signedPost(url, { events: [event, orderEvent({ version: 0 })] }))
  await fetch(signedPost(url, { events: [event] }))
  await fetch(signedPost(url, { events: [event] }, { 'webhook-id': 'forged' }))
  const answered = await sendUntilGone(url, (count) => {
    if (count > 1_000) setTimeout(() => child.process.kill('SIGKILL'), 3)
  })

  const restarted = await addressOf(run())
  const { events, ...counters } = await fetchStats(restarted)
  expect(counters).toEqual({ orders: events, duplicates: 1, rejected: 1, badSignatures: 1 })
  expect(events).toBeGreaterThan(answered.length)
  const again = answered.slice(-500).map((id) => orderEvent({ id }))
  const reply = await fetch(signedPost(restarted, { events: again }))
  expect(await reply.json()).toMatchObject({ accepted: [], duplicates: again.map(({ id }) => id) })
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s stops it cleanly, even while requests hang', async (signal) => {
  const child = run()
  const url = await addressOf(child)
  await fetch(`${url}/faults`, { method: 'PUT', body: '{"hang":true}' })
  const hanging = fetch(signedPost(url, { events: [orderEvent()] })).catch(() => 'cut')
  // An idle connection and a second signal must not hold it up either.
  await fetch(`${url}/v1/stats`)
  const end = endOf(child)
  child.process.kill(signal)
  child.process.kill(signal)
  expect(await end).toEqual({ said: '', code: 0 })
  expect(await hanging).toBe('cut')
})

test('it stops when its parent is killed', async () => {
  const source = `require('node:child_process').fork(process.argv[1]).on('message', ({ url }) => console.log(url))`
  const parent = spawn(process.execPath, ['-e', source, MAIN], {
    env: { MOCK_DATA_PLATFORM_PORT: '0', DATA_DIR: directory, DATA_PLATFORM_SECRET: SECRET },
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  let said = ''
  for await (const chunk of parent.stdout) {
    said += chunk
    if (said.endsWith('\n') && said.includes('\nhttp')) break
  }
  const url = said.trim().split('\n').at(-1) ?? ''
  expect((await fetch(`${url}/v1/stats`)).status).toBe(200)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await expect.poll(() => fetch(`${url}/v1/stats`).catch(() => 'gone'), { timeout: 5_000 }).toBe('gone')
})

test('the secret is read from the file that the API generates', async () => {
  await writeFile(join(directory, 'data-platform-secret'), `${SECRET}\n`)
  const child = startPlatform({ DATA_DIR: directory }, onTestFinished)
  const reply = await fetch(signedPost(await addressOf(child), { events: [orderEvent()] }))
  expect(reply.status).toBe(200)
})

test('without a secret it says where it looked, in one line', async () => {
  const child = startPlatform({ DATA_DIR: directory }, onTestFinished)
  const { said, code } = await endOf(child)
  expect(said).toBe(
    `mock data platform: DATA_PLATFORM_SECRET: not set, and no file ${join(directory, 'data-platform-secret')}; ` +
      'the API generates it\n',
  )
  expect(code).toBe(1)
})

test('a port that is taken is said in one line', async () => {
  const { port } = new URL(await addressOf(run()))
  const { said, code } = await endOf(run({ MOCK_DATA_PLATFORM_PORT: port }))
  expect(said).toBe(`mock data platform: MOCK_DATA_PLATFORM_PORT: ${port} is taken by another process\n`)
  expect(code).toBe(1)
})

test('a storage that is no database is refused in one line', async () => {
  await writeFile(join(directory, 'mock-data-platform.sqlite'), 'no database'.repeat(1_000))
  const { said, code } = await endOf(run())
  expect(said).toMatch(/^mock data platform: .*file is not a database\n$/)
  expect(code).toBe(1)
})
