import { setTimeout as sleep } from 'node:timers/promises'
import type { Audit, System } from '@jumun/contract'
import {
  type Database,
  DatabaseServers,
  type DataPlatform,
  type Delivery,
  Feed,
  OrderQueue,
  openDatabase,
  PopularWindows,
  type ProcessIdentity,
  placeOrders,
  type StaleAnswer,
  singleFlight,
  startExpiry,
  startHeartbeat,
  startPopular,
  startPurgingExpiredKeys,
  startRelay,
  startTrimmingFeed,
  type UnpaidLimits,
} from '@jumun/domain'
import type { Logger } from 'pino'
import { auditOnOwnConnection, READ_LIMITS } from './audit-connection.ts'
import { LiveHub } from './live/hub.ts'
import { readSystem } from './observability/read-system.ts'
import { openReplica, type ReplicaReads } from './replica.ts'

/** Readiness must answer even when the database hangs. */
const READY_TIMEOUT_MS = 2_000

/** What procedures call. */
export interface Services {
  em: Database['em']
  /** For lists, searches and popular products. It has a pool of its own, apart from orders, and a shorter statement timeout. */
  reads: Database['em']
  /** For reads that may be old; undefined without `DATABASE_READ_URL`. */
  replica: ReplicaReads | undefined
  /** The feed of changes. Its reads use the connections of `reads`. */
  feed: Feed
  /** Gives the feed to readers. */
  live: LiveHub
  dataPlatform: DataPlatform
  orders: OrderQueue
  popular: PopularWindows
  /** Checks every invariant. Concurrent calls share a run. */
  audit(): Promise<StaleAnswer<Audit>>
  allowSelfCharge: boolean
  /** Reads the state of the installation. */
  readSystem(): Promise<System>
}

/** The services and their background work. */
export interface RunningServices extends Services {
  database: Database
  /** How many processes of the API share the database, this one included. */
  livingProcesses(): number
  /** Callbacks of the background work, which the metrics set. */
  observers: { onDelivery?: (delivery: Delivery, seconds: number) => void }
  /** Whether the database answers and every migration is applied. */
  isReady(): Promise<boolean>
  /** Finishes the running work, then closes the database. */
  stop(): Promise<void>
}

export interface ServiceOptions {
  databaseUrl: string
  /** A replica. It may be away. */
  readUrl?: string | undefined
  /** The schema of the shop. */
  schema: string
  dataPlatform: { url: string; secret: string }
  allowSelfCharge: boolean
  unpaidLimits: UnpaidLimits
  /** This process, as the others see it. */
  process: ProcessIdentity
  /** The settings that operators may see. */
  shownSettings: System['settings']
  log: Logger
}

/** Opens the migrated database and starts the background work: feed, relay, popular products, expiry, purge of old keys. */
export async function startServices(options: ServiceOptions): Promise<RunningServices> {
  const { databaseUrl, schema, dataPlatform: platform, allowSelfCharge, unpaidLimits, process, log } = options
  const warn = (message: string) => (error: unknown) => log.warn({ err: error }, message)
  const onWarning = (message: string) => log.warn(message)
  const shop = { url: new DatabaseServers(databaseUrl), schema }
  const database = await openDatabase({ ...shop, onWarning })
  const reads = await openDatabase({ ...READ_LIMITS, ...shop, onWarning })
  const replica = options.readUrl === undefined ? undefined : await openReplica(options.readUrl, schema, log)
  const { em } = database
  const feed = new Feed(em, warn('The feed of changes could not be read.'), reads.em)
  const live = new LiveHub(feed)
  const observers: RunningServices['observers'] = {}
  const relay = startRelay({
    em,
    platform,
    onDelivery: (delivery, seconds) => {
      const { failed, reason } = delivery
      observers.onDelivery?.(delivery, seconds)
      if (failed > 0) log.warn({ failed, reason }, 'Events were not delivered and will be retried.')
    },
    onError: warn('The relay could not reach the database.'),
  })
  feed.onTick(relay.wake)
  const heartbeat = startHeartbeat(em, process, warn('This process could not be put on the list of processes.'))
  const orders = new OrderQueue(
    (requests) => placeOrders(em, requests, unpaidLimits),
    () => heartbeat.living > 1,
  )
  const popular = new PopularWindows(reads.em)
  const rollup = startPopular(em, popular, warn('Popular products could not be updated.'))
  const expiry = startExpiry(em, warn('Orders could not be expired.'))
  const keyPurge = startPurgingExpiredKeys(em, warn('Expired idempotency keys could not be deleted.'))
  const trim = startTrimmingFeed(em, warn('The feed of changes could not be trimmed.'))
  const stopping = new AbortController()
  return {
    em,
    reads: reads.em,
    replica,
    feed,
    live,
    dataPlatform: platform,
    orders,
    popular,
    audit: singleFlight(() => {
      const primary = () => auditOnOwnConnection(shop, stopping.signal)
      if (!replica) return primary().then((answer) => ({ answer, ageSeconds: undefined }))
      return replica.audit(primary, stopping.signal)
    }),
    allowSelfCharge,
    readSystem: () => readSystem({ database, settings: options.shownSettings, processId: process.id }),
    database,
    livingProcesses: () => heartbeat.living,
    observers,
    isReady: () => Promise.race([isMigrated(database), sleep(READY_TIMEOUT_MS, false, { ref: false })]),
    async stop() {
      stopping.abort()
      await Promise.all([orders.drain(), expiry.stop(), rollup.stop(), keyPurge.stop()])
      await live.stop()
      await Promise.all([feed.stop(), trim.stop(), heartbeat.stop()])
      await relay.stop()
      await Promise.all([database.close(true), reads.close(true), replica?.stop()])
    },
  }
}

async function isMigrated(database: Database): Promise<boolean> {
  try {
    return (await database.migrator.getPending()).length === 0
  } catch {
    return false
  }
}
