import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Postgres } from '../cluster/postgres.ts'
import { type Fault, pause } from './fault.ts'

const POLL_MS = 50
const RECOVERY_MAX_MS = 60_000
const FIND_ATTEMPTS = 100
const TERMINATE_EVERY_MS = 200
const OVERDUE_MAX = 500
const MAX_SALT = 1_000_000

/** Sessions of the API that hold or wait for locks on stock, which means that they place orders. */
const ORDERING_BACKENDS = `
  select distinct pid from pg_locks join pg_stat_activity using (pid)
   where relation = 'product_stock'::regclass and mode = 'RowShareLock' and granted and application_name like 'jumun%'`

/** Faults of the database. */
export const postgresFaults: Fault[] = [
  {
    name: 'postgres-crashed',
    parts: ['postgres'],
    async inject({ cluster, random }) {
      await cluster.postgres.crash()
      await pause(random, 0, 4_000)
      await cluster.restartPostgres()
      return 'stopped with mode immediate, then started'
    },
  },
  {
    name: 'backend-killed',
    parts: ['postgres'],
    async inject({ cluster: { postgres } }) {
      const pid = await findOrderingBackend(postgres)
      if (pid === undefined) return 'skipped, no backend was placing an order'
      signalBackend(pid, 'SIGKILL')
      await waitUntilReady(postgres)
      return 'kill -9 during an order: PostgreSQL ends all sessions and recovers'
    },
  },
  {
    name: 'backend-frozen',
    parts: ['postgres'],
    async inject({ cluster: { postgres }, random }) {
      const pid = await findOrderingBackend(postgres)
      if (pid === undefined) return 'skipped, no backend was placing an order'
      signalBackend(pid, 'SIGSTOP')
      try {
        await pause(random, 3_000, 9_000)
      } finally {
        signalBackend(pid, 'SIGCONT')
      }
      return 'SIGSTOP while it held locks, and later SIGCONT'
    },
  },
  {
    name: 'backends-terminated',
    parts: ['postgres'],
    async inject({ cluster: { postgres }, random }) {
      let ended = 0
      for (let times = random.int(5, 20); times > 0; times--) {
        const rows = await postgres.sql<{ ended: boolean }>(
          `select pg_terminate_backend(pid) as ended from pg_stat_activity
            where application_name like 'jumun%' and state <> 'idle' order by md5(pid::text || $1) limit $2`,
          [String(random.int(1, MAX_SALT)), random.int(1, 3)],
        )
        ended += rows.length
        await sleep(TERMINATE_EVERY_MS)
      }
      return `${ended} random sessions`
    },
  },
  {
    name: 'pool-exhausted',
    parts: ['postgres'],
    async inject({ cluster: { postgres }, random }) {
      const client = new Client({ connectionString: postgres.url(), application_name: 'chaos' })
      client.on('error', () => {})
      await client.connect()
      try {
        // Orders wait for this lock, and each holds a connection of its pool. Reads do not wait.
        await client.query('begin; lock table product_stock in exclusive mode')
        await pause(random, 3_000, 7_000)
      } finally {
        await client.end()
      }
      return 'another session locked the stock'
    },
  },
  {
    name: 'time-passes',
    parts: [],
    async inject({ cluster: { postgres } }) {
      const rows = await postgres.sql(
        `update "order" set expires_at = now() - interval '1 second'
          where id in (select id from "order" where status = 'PENDING_PAYMENT' limit ${OVERDUE_MAX} for update skip locked)
          returning 1`,
      )
      return `${rows.length} unpaid orders are overdue, and both processes expire them`
    },
  },
]

async function findOrderingBackend(postgres: Postgres): Promise<number | undefined> {
  for (let attempt = 1; attempt <= FIND_ATTEMPTS; attempt++) {
    const [found] = await postgres.sql<{ pid: number }>(`${ORDERING_BACKENDS} limit 1`)
    if (found) return found.pid
    await sleep(POLL_MS)
  }
  return undefined
}

/** Ignores a backend that has ended in the meantime. */
function signalBackend(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function waitUntilReady(postgres: Postgres): Promise<void> {
  await sleep(POLL_MS)
  for (const deadline = performance.now() + RECOVERY_MAX_MS; ; await sleep(POLL_MS)) {
    try {
      await postgres.sql('select 1')
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}
