import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Api, issueToken, readSettings, startApi } from '@jumun/api'
import { createJumunClient, type JumunClient } from '@jumun/client'
import { useTestDatabase } from '@jumun/domain/test-support'
import { type RunningPlatform, startMockDataPlatform } from '@jumun/mock-data-platform'
import { pino } from 'pino'
import { afterAll, beforeAll } from 'vitest'
import { type Ended, runCli, startCli } from './cli.ts'

const SECRET = `whsec_${Buffer.alloc(32, 'platform').toString('base64')}`
const TOKEN_SECONDS = 600

/** The API as it is, on a database of its own, and the program beside its data directory. */
export function useShop() {
  const database = useTestDatabase()
  let api: Api
  let platform: RunningPlatform
  let dataDir: string
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'jumun-cli-test-'))
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
    await api.stop()
    await platform.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  return {
    get url() {
      return api.url
    },
    get dataDir() {
      return dataDir
    },
    get authSecret() {
      return api.authSecret
    },
    /** Sets faults of the data platform; none: it works again. */
    async setFaults(faults: object): Promise<void> {
      await fetch(`${platform.url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
    },
    stopPlatform: () => platform.stop(),
    /** Runs SQL behind the API's back, past constraints and triggers. */
    sql(sql: string): Promise<object[]> {
      const { em } = api.services
      return em.fork().transactional(async (em) => {
        await em.execute('set local session_replication_role = replica')
        return em.execute<object[]>(sql, [], 'all')
      })
    },
    token: (memberId: string, role: 'member' | 'admin') =>
      issueToken(api.authSecret, { memberId, role, expiresInSeconds: TOKEN_SECONDS }),
    /** Calls the API as this member, without the program. */
    async member(memberId: string): Promise<JumunClient> {
      return createJumunClient({ url: api.url, token: await this.token(memberId, 'member') })
    },
    /** Runs the program beside the data directory. */
    run: (...args: string[]): Promise<Ended> => runCli(args, { DATA_DIR: dataDir }),
    start: (...args: string[]) => startCli(args, { DATA_DIR: dataDir }),
    /** Runs it and reads the JSON that it prints. Fails when it does not say that all is well. */
    async json<Result>(...args: string[]): Promise<Result> {
      const { stdout, stderr, exitCode } = await this.run(...args, '--json')
      if (exitCode !== 0 || stderr !== '') throw new Error(`exit ${exitCode}: ${stderr}`)
      return JSON.parse(stdout)
    },
    /** How many products there are now, without the program. */
    async countProducts(): Promise<number> {
      const [row] = await api.services.em
        .fork()
        .execute<[{ count: number }]>('select count(*)::int as count from product')
      return row.count
    },
    /** Writes a file into the data directory. */
    async file(name: string, content: string | Uint8Array): Promise<string> {
      const path = join(dataDir, name)
      await writeFile(path, content)
      return path
    },
  }
}
