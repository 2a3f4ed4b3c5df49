import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ChangeFacts } from '../readers/facts.ts'
import type { CallOutcome, KeyedCall } from './calls.ts'
import { fingerprintOf, isOrder, linesOf } from './calls.ts'

const ROWS_PER_TRANSACTION = 1_000
const VIOLATIONS_MAX = 50

const TABLES = `
  create table products (id integer primary key, price integer, stock integer) strict;
  create table calls (
    member_id text, key text, kind text, input text, state text, order_id text, lines text, total integer, answer text
  ) strict;
  create table unkeyed_orders (member_id text, order_id text) strict;
  create table cancels (order_id text, acknowledged integer) strict;
  create table restocks (product_id integer, quantity integer, acknowledged integer) strict;
  create table readers (name text) strict;
  create table received (
    reader text, number integer, connection integer, id text, type text, subject text, value integer
  ) strict;
`

/**
 * The calls and their outcomes as the callers saw them, for comparison with the database and the data platform at the end.
 * A file of its own keeps a million orders out of memory.
 */
export interface History {
  readonly db: DatabaseSync
  /** How many orders were acknowledged so far, whether paid at once, to be paid later, or from a cart. */
  readonly orders: number
  /** How many calls were acknowledged, and how many refused. */
  readonly acknowledged: number
  readonly refused: number
  /** Calls whose outcome is not known yet. */
  readonly unknown: KeyedCall[]
  /** Answers that a caller must never get. Only the first 50 are kept. */
  readonly violations: string[]
  recordProduct(product: { id: number; price: number; stock: number }): void
  record(call: KeyedCall, outcome: CallOutcome): void
  recordUnkeyedOrder(memberId: string, orderId: string): void
  recordCancel(orderId: string, acknowledged: boolean): void
  recordRestock(productId: number, quantity: number, acknowledged: boolean): void
  recordReader(name: string): void
  recordReceived(change: ReceivedChange): void
  recordViolation(violation: string): void
  /** Commits everything. Only queries are allowed afterwards. */
  close(): void
}

/** A change as a reader of the feed got it. */
interface ReceivedChange extends ChangeFacts {
  reader: string
  /** Grows with each change that this reader gets. */
  number: number
  connection: number
}

/** Creates an empty history in a directory. */
export function openHistory(directory: string): History {
  const db = new DatabaseSync(join(directory, 'history.sqlite'))
  db.exec('pragma journal_mode = off; pragma synchronous = off')
  db.exec(TABLES)
  const insertCall = db.prepare('insert into calls values (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertUnkeyedOrder = db.prepare('insert into unkeyed_orders values (?, ?)')
  const insertCancel = db.prepare('insert into cancels values (?, ?)')
  let rows = 0
  const countRow = () => {
    rows++
    if (rows % ROWS_PER_TRANSACTION === 0) db.exec('commit; begin')
  }
  const counts = { orders: 0, acknowledged: 0, refused: 0 }
  const unknown: KeyedCall[] = []
  const violations: string[] = []
  const recordViolation = (violation: string) => {
    if (violations.length < VIOLATIONS_MAX) violations.push(violation)
  }
  db.exec('begin')
  return {
    db,
    unknown,
    violations,
    recordViolation,
    ...recordsOfProducts(db, countRow),
    ...recordsOfReaders(db, countRow),
    get orders() {
      return counts.orders
    },
    get acknowledged() {
      return counts.acknowledged
    },
    get refused() {
      return counts.refused
    },
    record(call, outcome) {
      if (outcome.state === 'wrong') recordViolation(outcome.violation)
      if (outcome.state === 'wrong' || outcome.state === 'unknown') return void unknown.push(call)
      const facts = [call.memberId, call.key, call.kind, JSON.stringify(call.input), outcome.state] as const
      if (outcome.state === 'refused') {
        counts.refused++
        insertCall.run(...facts, null, null, null, null)
      } else {
        const { answer } = outcome
        counts.acknowledged++
        if (call.kind === 'place' || call.kind === 'checkout') counts.orders++
        const order = isOrder(answer) ? [answer.id, linesOf(answer), answer.total] : [null, null, null]
        insertCall.run(...facts, ...order, fingerprintOf(answer))
      }
      countRow()
    },
    recordUnkeyedOrder(memberId, orderId) {
      counts.orders++
      insertUnkeyedOrder.run(memberId, orderId)
      countRow()
    },
    recordCancel(orderId, acknowledged) {
      insertCancel.run(orderId, Number(acknowledged))
      countRow()
    },
    close() {
      db.exec('commit')
    },
  }
}

function recordsOfProducts(db: DatabaseSync, countRow: () => void): Pick<History, 'recordProduct' | 'recordRestock'> {
  const insertProduct = db.prepare('insert into products values (?, ?, ?)')
  const insertRestock = db.prepare('insert into restocks values (?, ?, ?)')
  return {
    recordProduct({ id, price, stock }) {
      insertProduct.run(id, price, stock)
    },
    recordRestock(productId, quantity, acknowledged) {
      insertRestock.run(productId, quantity, Number(acknowledged))
      countRow()
    },
  }
}

function recordsOfReaders(db: DatabaseSync, countRow: () => void): Pick<History, 'recordReader' | 'recordReceived'> {
  const insertReader = db.prepare('insert into readers values (?)')
  const insertReceived = db.prepare('insert into received values (?, ?, ?, ?, ?, ?, ?)')
  return {
    recordReader(name) {
      insertReader.run(name)
    },
    recordReceived({ reader, number, connection, id, type, subject, value }) {
      insertReceived.run(reader, number, connection, id, type, subject, value)
      countRow()
    },
  }
}
