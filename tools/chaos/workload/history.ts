import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { CallOutcome, KeyedCall } from './calls.ts'
import { fingerprintOf, isOrder, linesOf } from './calls.ts'

const ROWS_A_TRANSACTION = 1_000
const COMPLAINTS_MAX = 50

const TABLES = `
  create table products (id integer primary key, price integer, stock integer) strict;
  create table calls (
    member_id text, key text, kind text, input text, state text, order_id text, lines text, total integer, answer text
  ) strict;
  create table once (member_id text, order_id text) strict;
  create table cancels (order_id text, acknowledged integer) strict;
  create table restocks (product_id integer, quantity integer, acknowledged integer) strict;
`

/**
 * What those who made the calls know: which ones, and what they were told. It is kept in a file of its own, so that a
 * million orders take no memory, and is compared with the database and the data platform in the end.
 */
export interface Journal {
  readonly db: DatabaseSync
  /** How many orders were acknowledged so far, whether paid at once, for later, or out of a cart. */
  readonly orders: number
  /** How many calls were acknowledged, and how many refused. */
  readonly acknowledged: number
  readonly refused: number
  /** Calls that nobody knows the end of yet. */
  readonly open: KeyedCall[]
  /** Answers that nobody should ever get; the first 50 of them. */
  readonly complaints: string[]
  product(product: { id: number; price: number; stock: number }): void
  note(call: KeyedCall, outcome: CallOutcome): void
  /** An order that a member placed without a key. */
  noteOnce(memberId: string, orderId: string): void
  noteCancel(orderId: string, acknowledged: boolean): void
  noteRestock(productId: number, quantity: number, acknowledged: boolean): void
  complain(complaint: string): void
  /** Writes everything down; nothing is noted after it. */
  close(): void
}

/** Opens an empty journal in a directory. */
export function openJournal(directory: string): Journal {
  const db = new DatabaseSync(join(directory, 'journal.sqlite'))
  db.exec('pragma journal_mode = off; pragma synchronous = off')
  db.exec(TABLES)
  const insertProduct = db.prepare('insert into products values (?, ?, ?)')
  const insertCall = db.prepare('insert into calls values (?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const insertOnce = db.prepare('insert into once values (?, ?)')
  const insertCancel = db.prepare('insert into cancels values (?, ?)')
  const insertRestock = db.prepare('insert into restocks values (?, ?, ?)')
  let rows = 0
  const written = () => {
    rows++
    if (rows % ROWS_A_TRANSACTION === 0) db.exec('commit; begin')
  }
  const counts = { orders: 0, acknowledged: 0, refused: 0 }
  const open: KeyedCall[] = []
  const complaints: string[] = []
  const complain = (complaint: string) => {
    if (complaints.length < COMPLAINTS_MAX) complaints.push(complaint)
  }
  db.exec('begin')
  return {
    db,
    open,
    complaints,
    complain,
    get orders() {
      return counts.orders
    },
    get acknowledged() {
      return counts.acknowledged
    },
    get refused() {
      return counts.refused
    },
    product({ id, price, stock }) {
      insertProduct.run(id, price, stock)
    },
    note(call, outcome) {
      if (outcome.state === 'wrong') complain(outcome.complaint)
      if (outcome.state === 'wrong' || outcome.state === 'unknown') return void open.push(call)
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
      written()
    },
    noteOnce(memberId, orderId) {
      counts.orders++
      insertOnce.run(memberId, orderId)
      written()
    },
    noteCancel(orderId, acknowledged) {
      insertCancel.run(orderId, Number(acknowledged))
      written()
    },
    noteRestock(productId, quantity, acknowledged) {
      insertRestock.run(productId, quantity, Number(acknowledged))
      written()
    },
    close() {
      db.exec('commit')
    },
  }
}
