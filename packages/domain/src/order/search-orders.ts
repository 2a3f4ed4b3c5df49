import {
  type FoundOrderPage,
  MAX_LOOKED_AT,
  MAX_MATCHES,
  MAX_PAGE_LINES,
  orderId as orderIdValue,
  type SearchOrdersInput,
} from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { inSnapshot } from '../database/snapshot.ts'
import { allOf, type Found, lookThrough, type Sql } from '../look-through.ts'
import { readCursor, toCursor } from '../page.ts'
import { findMembers } from '../point/list-members.ts'
import { everyId, type IdRange, idsOfTime, idsThatBeginWith, intersection } from './order-id-range.ts'
import { selectOrders } from './select-orders.ts'

/** If the ids of more members begin with a text, orders are compared with it one by one. */
const MAX_MEMBERS = 20

/** A part of the orders that an index finds and sorts, and what they must match beside the other filters. */
interface Source {
  memberId?: string | undefined
  ids: IdRange
  matching?: Sql
}

/**
 * A page of the orders that match every filter, newest first. It looks at 50,000 orders at most and ends there, with a cursor
 * to go on from; it also ends early where its orders would have more than 500 lines together. The first page counts the
 * matches among the orders that it looks at, up to 1,000.
 */
export async function searchOrders(em: EntityManager, input: SearchOrdersInput): Promise<FoundOrderPage> {
  const before = readCursor(input.cursor, orderIdValue)
  const ids = intersection(idsOfTime(input), { ...everyId, ...(before && { high: before }) })
  return inSnapshot(em, async (em) => {
    const wanted = (before === undefined ? Math.max(MAX_MATCHES, input.limit) : input.limit) + 1
    const sources = await sourcesOf(em, input, ids)
    const look = Math.floor(MAX_LOOKED_AT / sources.length)
    const parts: Found<string>[] = []
    for (const source of sources) parts.push(await lookThroughSource(em, input, { source, wanted, look }))
    const found = merge(parts)
    const matches = before === undefined ? countOf(found) : null
    return { ...(await readPage(em, found, input.limit)), matches }
  })
}

/** Where to look. A text may be the beginning of an order id and of member ids at once. */
async function sourcesOf(em: EntityManager, { memberId, text }: SearchOrdersInput, ids: IdRange): Promise<Source[]> {
  if (text === undefined || memberId?.startsWith(text)) return [{ memberId, ids }]
  const range = idsThatBeginWith(text)
  const byId: Source[] = range ? [{ memberId, ids: intersection(ids, range) }] : []
  if (memberId !== undefined) return byId
  const members = await findMembers(em, { prefix: text, limit: MAX_MEMBERS + 1 })
  if (members.length > MAX_MEMBERS)
    return [...byId, { ids, matching: { text: 'starts_with(member_id, ?)', values: [text] } }]
  // A member who was never charged has no account, and may have unpaid orders.
  return [...byId, ...[...new Set([...members, text])].map((memberId) => ({ memberId, ids }))]
}

function lookThroughSource(
  em: EntityManager,
  input: SearchOrdersInput,
  { source, wanted, look }: { source: Source; wanted: number; look: number },
): Promise<Found<string>> {
  const { memberId, matching } = source
  const rows = memberId === undefined ? rowsOfAll(source.ids, input) : rowsOfMember(source.ids, memberId)
  const sort = memberId === undefined ? 'id desc' : 'member_id desc, id desc'
  const all = allOf([...(matching ? [matching] : []), ...filtersOf(input)])
  return lookThrough(em, { rows, matching: all, sort, wanted, look })
}

/** Newest first, by the index on ids; without paid orders by the small index of the others, if none are wanted. */
function rowsOfAll({ low, high }: IdRange, { status }: SearchOrdersInput): Sql {
  const paid = status === undefined || status.includes('PAID') ? '' : `and status <> 'PAID'`
  return {
    text: `select id, member_id, status, total from "order" where id >= ? and id < ? ${paid} order by id desc`,
    values: [low, high],
  }
}

/** Newest first, by the index on members and ids, in the form that makes PostgreSQL use it: see `ofMemberBelow`. */
function rowsOfMember({ low, high }: IdRange, memberId: string): Sql {
  return {
    text: `select id, member_id, status, total from "order"
            where (member_id, id) >= (?, ?) and (member_id, id) < (?, ?) order by member_id desc, id desc`,
    values: [memberId, low, memberId, high],
  }
}

/** The filters that are checked order by order. */
function filtersOf({ status, minTotal, maxTotal, productId }: SearchOrdersInput): Sql[] {
  const filters: Sql[] = []
  if (status) filters.push({ text: `status in (${status.map(() => '?').join(', ')})`, values: status })
  if (minTotal !== undefined) filters.push({ text: 'total >= ?', values: [minTotal] })
  if (maxTotal !== undefined) filters.push({ text: 'total <= ?', values: [maxTotal] })
  // Not `exists`, which PostgreSQL may turn into a join that reads all lines.
  const line = '(select true from order_line where order_id = looked_at.id and product_id = ?)'
  if (productId !== undefined) filters.push({ text: line, values: [productId] })
  return filters
}

/** The orders found in several parts, newest first, as far as every part has been looked through. */
function merge(parts: Found<string>[]): Found<string> {
  const ends = parts.flatMap(({ end }) => end ?? []).sort()
  const end = ends.at(-1) ?? null
  const ids = [...new Set(parts.flatMap(({ ids }) => ids))].filter((id) => end === null || id >= end)
  return { ids: ids.sort().reverse(), end }
}

function countOf({ ids, end }: Found<string>): FoundOrderPage['matches'] {
  return { count: Math.min(ids.length, MAX_MATCHES), exact: end === null && ids.length <= MAX_MATCHES }
}

async function readPage(em: EntityManager, { ids, end }: Found<string>, limit: number) {
  const shown = ids.slice(0, limit)
  if (shown.length === 0) return { items: [], nextCursor: end === null ? null : toCursor(end) }
  const { orders, cut } = await selectOrders(em, {
    orders: `where id in (${shown.map(() => '?').join(', ')}) order by id desc`,
    values: shown,
    sort: 'o.id desc',
    maxLines: MAX_PAGE_LINES,
  })
  const items = orders.map(({ view }) => view)
  const last = cut || ids.length > limit ? items.at(-1)?.id : end
  return { items, nextCursor: last ? toCursor(last) : null }
}
