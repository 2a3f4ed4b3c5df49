import { DatabaseSync } from 'node:sqlite'
import type { OrderEvent } from './schema.ts'

/** Most events that are told about one order, the latest ones; an order has two in practice. */
const MAX_EVENTS_TOLD = 1_000

type OrderSummary = Pick<OrderEvent, 'orderId' | 'version' | 'type'>

type OrderState = OrderSummary & {
  order: object
  /** By version. */
  events: Pick<OrderEvent, 'id' | 'type' | 'version' | 'occurredAt'>[]
}

export type Stats = { orders: number; events: number; duplicates: number; rejected: number; badSignatures: number }

/** Where the platform keeps what it accepted. A method that has returned has stored. */
export interface PlatformStorage {
  /** Stores a batch whole or not at all, and counts what was rejected with it. Tells which event ids were new. */
  accept(batch: { events: OrderEvent[]; rejected: number }): { accepted: string[]; duplicates: string[] }
  countBadSignature(): void
  findOrder(orderId: string): OrderState | undefined
  /** At most `limit` orders with an id above `after`, by id. */
  listOrders(page: { after: string; limit: number }): OrderSummary[]
  stats(): Stats
  close(): void
}

// An order's row holds its highest version; of two events with the same version, the first one that came.
// The counters spare `stats` from counting a million rows.
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
 * Opens the storage and creates its tables where there are none.
 *
 * @param file a path, or `:memory:` for one that lives as long as the process
 * @throws Error when the file cannot be opened or is no SQLite database
 */
export function openStorage(file: string): PlatformStorage {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  // FULL: what was answered for survives a power cut too, not only the end of the process.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  // Random event ids touch pages all over the index: keep those in memory (64 MB), and write them back less often.
  db.exec('PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 10000')
  db.exec(TABLES)
  const sql = db.createTagStore()

  /** Whether the order is a new one. */
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
    accept({ events, rejected }) {
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

    countBadSignature() {
      sql.run`UPDATE counters SET bad_signatures = bad_signatures + 1`
    },

    findOrder(orderId) {
      const row = sql.get`SELECT order_id AS orderId, version, type, body FROM orders WHERE order_id = ${orderId}`
      if (!row) return undefined
      const { body, ...summary } = row as OrderSummary & { body: string }
      const latest = sql.all`
        SELECT id, type, version, occurred_at AS occurredAt FROM events WHERE order_id = ${orderId}
        ORDER BY version DESC LIMIT ${MAX_EVENTS_TOLD}`
      return { ...summary, order: JSON.parse(body), events: latest.toReversed() as OrderState['events'] }
    },

    listOrders({ after, limit }) {
      return sql.all`
        SELECT order_id AS orderId, version, type FROM orders WHERE order_id > ${after}
        ORDER BY order_id LIMIT ${limit}` as OrderSummary[]
    },

    stats() {
      return sql.get`
        SELECT orders, events, duplicates, rejected, bad_signatures AS badSignatures FROM counters` as Stats
    },

    close() {
      db.close()
    },
  }
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE')
  try {
    work()
    db.exec('COMMIT')
  } catch (error) {
    // SQLite has already rolled back by itself after some errors, such as a full disk.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
