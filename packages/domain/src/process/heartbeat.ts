import type { ApiProcessView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { type Loop, startPolling } from '../background/loop.ts'

const INTERVAL_MS = 10_000
/** Three times the interval of the heartbeats, so that one may be late and one may fail. */
const GONE_AFTER = '30 seconds'

/** This process, as the others see it. */
export interface ProcessIdentity {
  id: string
  host: string
  pid: number
  version: string
  /** When it started, by `performance.now()`: only the database's clock is compared. */
  startedMs: number
}

/**
 * Reports that this process is alive, and deletes those that have stopped reporting.
 *
 * @returns how many processes live, this one included
 */
export async function beat(em: EntityManager, process: ProcessIdentity): Promise<number> {
  const { id, host, pid, version, startedMs } = process
  const [{ others }] = await em.fork().execute<[{ others: number }]>(
    `with gone as (delete from api_process where seen_at < now() - interval '${GONE_AFTER}' and id <> ?),
     own as (
       insert into api_process (id, host, pid, version, started_at, seen_at)
       values (?, ?, ?, ?, now() - ?::float8 * interval '1 millisecond', now())
       on conflict (id) do update set seen_at = excluded.seen_at
     )
     select count(*)::int as others from api_process where id <> ? and seen_at >= now() - interval '${GONE_AFTER}'`,
    [id, id, host.slice(0, 255), pid, version.slice(0, 64), performance.now() - startedMs, id],
  )
  return others + 1
}

/** The loop that reports a process. */
export interface Heartbeat extends Pick<Loop, 'stop'> {
  /** How many processes lived at the last report, this one included. */
  readonly living: number
}

/** Starts the loop that reports every ten seconds. `stop` takes the process off the list. */
export function startHeartbeat(
  em: EntityManager,
  process: ProcessIdentity,
  onError: (error: unknown) => void,
): Heartbeat {
  let living = 1
  const runOnce = async () => {
    living = await beat(em, process)
    return false
  }
  const loop = startPolling({ runOnce, intervalMs: INTERVAL_MS, onError })
  return {
    get living() {
      return living
    },
    async stop() {
      await loop.stop()
      await em.fork().execute('delete from api_process where id = ?', [process.id]).catch(onError)
    },
  }
}

/** The processes that reported in the last thirty seconds, the oldest first. */
export async function listProcesses(em: EntityManager): Promise<Omit<ApiProcessView, 'self'>[]> {
  const time = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
  return em.fork().execute<Omit<ApiProcessView, 'self'>[]>(
    `select id, host, pid, version, ${time('started_at')} as "startedAt", ${time('seen_at')} as "seenAt"
       from api_process where seen_at >= now() - interval '${GONE_AFTER}' order by started_at, id`,
  )
}
