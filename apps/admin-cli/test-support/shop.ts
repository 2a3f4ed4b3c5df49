import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestApi, useApi } from '@jumun/test-kit/api'
import { type Ended, runCli, startCli } from './cli.ts'

/** An API for the test file that calls it, and the command-line client beside its data directory. */
export function useShop() {
  const api = useApi({ platform: 'mock', settings: { RATE_LIMIT_PER_SECOND: '100' } })
  return {
    get url() {
      return api.url
    },
    get dataDir() {
      return api.dataDir
    },
    get authSecret() {
      return api.authSecret
    },
    token: (...[memberId, role]: Parameters<TestApi['token']>) => api.token(memberId, role),
    /** Sets faults of the data platform; `{}` clears them. */
    async setFaults(faults: object): Promise<void> {
      await fetch(`${api.platform.url}/faults`, { method: 'PUT', body: JSON.stringify(faults) })
    },
    stopPlatform: () => api.platform.stop(),
    /** Runs SQL behind the API's back, without constraints and triggers. */
    sql(sql: string): Promise<object[]> {
      return api.services.em.fork().transactional(async (em) => {
        await em.execute('set local session_replication_role = replica')
        return em.execute<object[]>(sql, [], 'all')
      })
    },
    /** A client with a member's token. */
    member: (memberId: string) => api.client(memberId),
    /** Runs the command-line client beside the data directory. */
    run: (...args: string[]): Promise<Ended> => runCli(args, { DATA_DIR: api.dataDir }),
    start: (...args: string[]) => startCli(args, { DATA_DIR: api.dataDir }),
    /** Runs it and parses the JSON it prints. Throws when it fails or writes to stderr. */
    async json<Result>(...args: string[]): Promise<Result> {
      const { stdout, stderr, exitCode } = await this.run(...args, '--json')
      if (exitCode !== 0 || stderr !== '') throw new Error(`exit ${exitCode}: ${stderr}`)
      return JSON.parse(stdout)
    },
    /** Counts the products in the database. */
    async countProducts(): Promise<number> {
      const [row] = await api.services.em
        .fork()
        .execute<[{ count: number }]>('select count(*)::int as count from product')
      return row.count
    },
    /** Writes a file into the data directory. */
    async file(name: string, content: string | Uint8Array): Promise<string> {
      const path = join(api.dataDir, name)
      await writeFile(path, content)
      return path
    },
  }
}
