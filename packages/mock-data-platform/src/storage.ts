import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { OrderEvent } from './schema.ts'

/** The latest events returned with an order. In practice an order has two. */
const MAX_EVENTS_RETURNED = 1_000

type OrderSummary = Pick<OrderEvent, 'orderId' | 'version' | 'type'>

type OrderState = OrderSummary & {
  order: object
  /** Ascending by version. */
  events: Pick<OrderEvent, 'id' | 'type' | 'version' | 'occurredAt'>[]
}

export type Stats = { orders: number; events: number; duplicates: number; rejected: number; badSignatures: number }

export type PlatformStorage = ReturnType<typeof openStorage>

// An order's row holds its highest version; of two events with the same version, the first to arrive.
// The counters save `stats` from counting a million rows.
const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    occurred_at TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS events_of_order ON events (order_id, version);
  CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS counters (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    orders INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    bad_signatures INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO counters (one) VALUES (1) ON CONFLICT DO NOTHING;
`

/**
 * Opens the durable storage of accepted events, and creates its tables if they are missing. Every write is committed when
 * its method returns.
 *
 * @param file a path, or `:memory:`
 * @throws Error when the file cannot be opened or is not an SQLite database
 */
export function openStorage(file: string) {
  const db = openDatabase(file)
  const sql = db.createTagStore()

  /** Updates the order's row. Returns whether the order is new. */
  const apply = ({ orderId, version, type, order }: OrderEvent): boolean => {
    const body = JSON.stringify(order)
    const { changes } = sql.run`
      INSERT INTO orders (order_id, version, type, body) VALUES (${orderId}, ${version}, ${type}, ${body})
      ON CONFLICT DO NOTHING`
    if (changes === 1) return true
    sql.run`
      UPDATE orders SET version = ${version}, type = ${type}, body = ${body}
      WHERE order_id = ${orderId} AND version < ${version}`
    return false
  }

  return {
    /** Stores a batch atomically, adds `rejected` to the counters, and returns which event ids were new. */
    accept({ events, rejected }: { events: OrderEvent[]; rejected: number }) {
      const accepted: string[] = []
      const duplicates: string[] = []
      let orders = 0
      inTransaction(db, () => {
        for (const event of events) {
          const { changes } = sql.run`
            INSERT INTO events (id, order_id, version, type, occurred_at)
            VALUES (${event.id}, ${event.orderId}, ${event.version}, ${event.type}, ${event.occurredAt})
            ON CONFLICT DO NOTHING`
          if (changes === 1 && apply(event)) orders += 1
          const list = changes === 1 ? accepted : duplicates
          list.push(event.id)
        }
        sql.run`
          UPDATE counters SET orders = orders + ${orders}, events = events + ${accepted.length},
            duplicates = duplicates + ${duplicates.length}, rejected = rejected + ${rejected}`
      })
      return { accepted, duplicates }
    },

    countBadSignature: () => sql.run`UPDATE counters SET bad_signatures = bad_signatures + 1`,

    findOrder(orderId: string): OrderState | undefined {
      const row = sql.get`SELECT order_id AS orderId, version, type, body FROM orders WHERE order_id = ${orderId}`
      if (!row) return undefined
      const { body, ...summary } = row as OrderSummary & { body: string }
      const latest = sql.all`
        SELECT id, type, version, occurred_at AS occurredAt FROM events WHERE order_id = ${orderId}
        ORDER BY version DESC LIMIT ${MAX_EVENTS_RETURNED}`
      return { ...summary, order: JSON.parse(body), events: latest.toReversed() as OrderState['events'] }
    },

    /** Returns at most `limit` orders with an id above `after`, ordered by id. */
    listOrders({ after, limit }: { after: string; limit: number }) {
      return sql.all`
        SELECT order_id AS orderId, version, type FROM orders WHERE order_id > ${after}
        ORDER BY order_id LIMIT ${limit}` as OrderSummary[]
    },

    stats() {
      return sql.get`
        SELECT orders, events, duplicates, rejected, bad_signatures AS badSignatures FROM counters` as Stats
    },

    close: () => db.close(),
  }
}

function openDatabase(file: string): DatabaseSync {
  if (file !== ':memory:') makePrivate(file)
  const db = new DatabaseSync(file, { timeout: 5_000 })
  // FULL: acknowledged events survive a power failure, not only a crash of the process.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  // Random event ids touch pages all over the index: cache 64 MB of pages, and checkpoint less often.
  db.exec('PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 10000')
  db.exec(TABLES)
  return db
}

/** Only the owner may read the orders. SQLite gives new files beside the database its mode. */
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  for (const path of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(path)) chmodSync(path, 0o600)
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    // After some errors, such as a full disk, SQLite has already rolled back.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
