import type { OrderView } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { sendStatement } from '../database/statement.ts'
import { toMs } from '../database/to-ms.ts'
import { type IdempotentCall, requireSameCall } from '../idempotency/idempotency.ts'
import { type OrderLineFacts, toPlacedView } from './order-view.ts'

/** The record of a call that placed an order. */
export interface AddedKey extends IdempotentCall {
  orderId: string
}

/** The idempotency keys of a batch. Read them after the locks of their members' accounts. */
export class OrderKeys {
  readonly #found = new Map<string, { fingerprint: string; answer: OrderView }>()
  readonly #added: AddedKey[] = []

  /** Sends the look-up, like `sendStatement`. */
  static async send(em: EntityManager, calls: (IdempotentCall | undefined)[]): Promise<{ keys: Promise<OrderKeys> }> {
    const keyed = calls.filter((call) => call !== undefined)
    if (keyed.length === 0) return { keys: Promise.resolve(new OrderKeys([])) }
    const values = [keyed.map(({ memberId }) => memberId), keyed.map(({ key }) => key)]
    const { rows } = await sendStatement<FoundKey>(em, FIND_KEYS, values)
    return { keys: rows.then((rows) => new OrderKeys(rows)) }
  }

  private constructor(rows: FoundKey[]) {
    for (const row of rows) this.#found.set(identity(row), { ...row, answer: row.answer ?? firstAnswer(row) })
  }

  /** The records to write in the transaction of their calls. */
  get added(): readonly AddedKey[] {
    return this.#added
  }

  /**
   * The first answer to this call, or undefined if it has had no effect yet.
   * Throws `IDEMPOTENCY_KEY_REUSED` when the key was used with another input.
   */
  answerTo(call: IdempotentCall | undefined): OrderView | undefined {
    const record = call && this.#found.get(identity(call))
    if (record) requireSameCall(record, call)
    return record?.answer
  }

  /** Adds an answer: later calls of this batch find it at once, all others after the commit. */
  add(call: IdempotentCall | undefined, answer: OrderView): void {
    if (!call) return
    this.#found.set(identity(call), { fingerprint: call.fingerprint, answer })
    this.#added.push({ ...call, orderId: answer.id })
  }
}

interface FoundKey {
  memberId: string
  key: string
  fingerprint: string
  /** Null if the answer can be made from the order. */
  answer: OrderView | null
  orderId: string
  total: number
  createdMs: number
  expiresMs: number | null
  lines: OrderLineFacts[]
}

/**
 * The members are `$1`, their keys `$2`. `offset 0` forces one look-up for each key. Without it, a plan that was cached while the table was
 * small would scan the whole table later.
 */
const FIND_KEYS = `
  select found.*, placed.* from unnest($1::text[], $2::text[]) as asked (asked_member, asked_key)
    cross join lateral (
      select member_id as "memberId", key, fingerprint, answer, order_id as "orderId" from idempotency_record
       where member_id = asked_member and key = asked_key offset 0) found
    left join lateral (
      select total::float8 as total, ${toMs('created_at')} as "createdMs",
          ${toMs('expires_at')} as "expiresMs",
          (select json_agg(json_build_object('productId', product_id, 'name', name, 'unitPrice', unit_price, 'quantity', quantity)
                             order by product_id)
             from order_line where order_id = "order".id) as lines
        from "order" where id = "orderId" offset 0) placed on true`

/** The answer when the order was placed. Only the status and the times of payment and cancellation can have changed since. */
function firstAnswer({ orderId, memberId, total, createdMs, expiresMs, lines }: FoundKey): OrderView {
  const expiresAt = expiresMs === null ? null : new Date(expiresMs)
  return toPlacedView({ id: orderId, memberId, total, createdAt: new Date(createdMs), expiresAt }, lines)
}

function identity({ memberId, key }: { memberId: string; key: string }): string {
  return `${memberId} ${key}`
}
