import type { EntityManager } from '@mikro-orm/postgresql'
import { runStatement } from '../database/statement.ts'
import { DomainError } from '../errors.ts'

/** How much one member may hold with payment `later` before paying or cancelling: orders, and units of products in all of them. */
export interface UnpaidLimits {
  maxOrders: number
  maxUnits: number
}

/** What a member holds with payment `later`. */
export interface UnpaidOrders {
  orders: number
  units: number
}

/** The first key of these advisory locks; the second one is a hash of the shop's schema and the member. */
const UNPAID_LOCK = 1

/**
 * Locks and counts the unpaid orders of members: no other transaction places one before this one ends. Not the lock of the account,
 * because a member who was never charged has none. Overdue orders count until they expire, because they hold their stock until then.
 */
export async function lockUnpaid(em: EntityManager, memberIds: string[]): Promise<Map<string, UnpaidOrders>> {
  await runStatement(
    em,
    `select pg_advisory_xact_lock(${UNPAID_LOCK}, hash)
       from (select distinct hashtext(current_schema() || '.' || id) as hash from unnest($1::text[]) id order by hash) member`,
    [memberIds],
  )
  // A second statement, whose snapshot has the orders of the transaction that held the lock before.
  const rows = await runStatement<UnpaidOrders & { memberId: string }>(
    em,
    `select member_id as "memberId", count(*)::int as orders, sum(units)::int as units
       from "order" o cross join lateral (select sum(quantity) as units from order_line where order_id = o.id) l
      where member_id = any($1::text[]) and status = 'PENDING_PAYMENT'
      group by member_id`,
    [memberIds],
  )
  return new Map(rows.map(({ memberId, orders, units }) => [memberId, { orders, units }]))
}

/** Adds an order to what its member holds unpaid. Throws `TOO_MANY_UNPAID_ORDERS`. */
export function addUnpaid(held: UnpaidOrders, units: number, { maxOrders, maxUnits }: UnpaidLimits): void {
  if (held.orders + 1 > maxOrders) throw tooMany(`A member may have at most ${maxOrders} unpaid orders.`, maxOrders)
  if (held.units + units > maxUnits) {
    const message = `A member's unpaid orders may hold at most ${maxUnits} units of products in all; ${held.units} are held and ${units} more were ordered.`
    throw tooMany(message, maxUnits)
  }
  held.orders++
  held.units += units
}

function tooMany(message: string, limit: number): DomainError<'TOO_MANY_UNPAID_ORDERS'> {
  return new DomainError('TOO_MANY_UNPAID_ORDERS', message, { limit })
}
