import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, issueToken, readSettings, startApi } from '@jumun/api'
import { useTestDatabase } from '@jumun/domain/test-support'
import { type RunningPlatform, startMockDataPlatform } from '@jumun/mock-data-platform'
import { pino } from 'pino'
import { afterAll, beforeAll } from 'vitest'
import { createJumunClient, type Fetch, type JumunClient } from '../src/index.ts'

const SECRET = `whsec_${Buffer.alloc(32, 'platform').toString('base64')}`
const TOKEN_SECONDS = 600

/** The API as it is, on a database of its own, and the clients of its callers. */
export function useRealApi() {
  const database = useTestDatabase()
  const paths = new Set<string>()
  let api: Api | undefined
  let platform: RunningPlatform | undefined
  let dataDir = ''
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'jumun-client-test-'))
    platform = await startMockDataPlatform({ host: '127.0.0.1', port: 0, secret: SECRET, storageFile: ':memory:' })
    const settings = {
      DATABASE_URL: database.url,
      DATA_DIR: dataDir,
      PORT: '0',
      DATA_PLATFORM_URL: platform.url,
      DATA_PLATFORM_SECRET: SECRET,
    }
    api = await startApi(readSettings(settings), pino({ level: 'silent' }))
  })
  afterAll(async () => {
    await api?.stop()
    await platform?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  const running = () => {
    if (api) return api
    throw new Error('The API runs from beforeAll on')
  }
  const tokenOf = (memberId: string, role: 'member' | 'admin') =>
    issueToken(running().authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS })
  const as = (memberId: string, role: 'member' | 'admin'): JumunClient =>
    createJumunClient({ url: running().url, token: () => tokenOf(memberId, role), fetch: seeing(paths) })
  return {
    /** Names of the procedures that were called. */
    paths,
    url: () => running().url,
    /** A member's token. */
    token: (memberId: string) => tokenOf(memberId, 'member'),
    adminToken: () => tokenOf('operator', 'admin'),
    admin: () => as('operator', 'admin'),
    member: (memberId: string) => as(memberId, 'member'),
  }
}

function seeing(paths: Set<string>): Fetch {
  return (url, init) => {
    for (const path of new URL(url).pathname.replace('/trpc/', '').split(',')) paths.add(path)
    return fetch(url, init)
  }
}
