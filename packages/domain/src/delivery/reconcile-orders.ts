import type { OrderDifference, ReconcileInput, Reconciliation } from '@jumun/contract'
import { MAX_ITEMS, orderId, RECONCILE_MAX_TOTAL } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { lockKeys } from '../database/schema.ts'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import type { OutgoingChange } from '../feed/outgoing-change.ts'
import { selectOrders } from '../order/select-orders.ts'
import { readCursor, toCursor } from '../page.ts'
import { type DataPlatform, DeliveryError } from './data-platform.ts'
import { eventsAfterCursor } from './delivery-cursor.ts'
import { type DeliveredOrders, listDelivered, PLATFORM_ORDER_ID } from './list-delivered.ts'
import { currentState } from './outgoing-event.ts'

/** An arbitrary number that no other advisory lock of the shop uses. */
const RECONCILE_LOCK = 7_201_967

const RETRY_AFTER_SECONDS = 5

/** The last compared id of the platform, or none, and the last one of ours. */
const reconcileCursor = z.tuple([z.literal('').or(z.string().regex(PLATFORM_ORDER_ID)), orderId])
const START: z.output<typeof reconcileCursor> = ['', '00000000-0000-0000-0000-000000000000']

/** Reads our orders, from one server or another. */
type ReadOurs = <Result>(read: (em: EntityManager) => Promise<Result>) => Promise<Result>

/** An order of which the platform must have an event. */
interface PaidOrder {
  id: string
  version: number
  type: OutgoingChange['type']
  /** Whether it changed so recently that its event may be under way. */
  fresh: boolean
}

/**
 * Compares one page of the paid orders with those of the data platform, both sorted by id. For an order that is missing or
 * outdated there it adds a new event, unless one is waiting or is a dead letter. Call again with `nextCursor` to compare all
 * orders, at a constant cost a call; the first call also counts the paid orders.
 * Throws `UNAVAILABLE` when the platform cannot be reached; then nothing was added.
 *
 * @param readOurs reads orders that may be as old as the input's `graceSeconds`. Where they differ, they are read again from `em`
 */
export async function reconcileOrders(
  em: EntityManager,
  platform: DataPlatform,
  input: ReconcileInput,
  readOurs: ReadOurs = (read) => read(em),
): Promise<Reconciliation> {
  const { limit, dryRun } = input
  const after = readCursor(input.cursor, reconcileCursor) ?? START
  // Read the platform first: what it has was committed before, so our later read sees at least as much.
  const theirs = await listTheirs(platform, { after: after[0], limit })
  const read = (em: EntityManager) => comparePage(em, theirs, { input, after: after[1] })
  let page = await readOurs(read)
  // What was read may be older than what the platform has.
  if (page.differences.length > 0) page = await read(em)
  const { compared, differences, end } = page
  await resendLacking(em, differences, dryRun)
  return {
    compared: compared.length,
    fresh: compared.filter(({ fresh }) => fresh).length,
    differences,
    ...(input.cursor === undefined && (await readOurs(countPaid))),
    nextCursor: end === BEYOND_ALL ? null : toCursor([end, compared.at(-1)?.id ?? after[1]]),
  }
}

/** Compares a page of the platform with our orders as `em` sees them. */
async function comparePage(
  em: EntityManager,
  theirs: DeliveredOrders,
  { input, after }: { input: ReconcileInput; after: string },
) {
  const ours = await readPaid(em, input, after)
  const end = endOf(theirs, ours, input.limit)
  const compared = ours.filter(({ id }) => id <= end)
  const delivered = theirs.items.filter(({ orderId }) => orderId <= end)
  return { compared, differences: compare(compared, delivered), end }
}

async function listTheirs(platform: DataPlatform, page: { after: string; limit: number }): Promise<DeliveredOrders> {
  try {
    return await listDelivered(platform, page)
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error
    const refusal = new DomainError('UNAVAILABLE', error.message, { retryAfterSeconds: RETRY_AFTER_SECONDS })
    refusal.cause = error
    throw refusal
  }
}

async function readPaid(
  em: EntityManager,
  { limit, graceSeconds }: ReconcileInput,
  after: string,
): Promise<PaidOrder[]> {
  return em.fork().execute<PaidOrder[]>(
    `select id, version, case status when 'PAID' then 'order.paid' else 'order.cancelled' end as type,
            greatest(paid_at, cancelled_at) > now() - ?::int * interval '1 second' as fresh
       from "order"
      where paid_at is not null and id > ?::uuid
      order by id
      limit ?`,
    [graceSeconds, after, limit],
  )
}

/** The number of paid orders, for a progress display; empty above the limit, because counting more would take too long. */
async function countPaid(em: EntityManager): Promise<{ total?: number }> {
  const count = 'select count(*)::int as total from (select from "order" where paid_at is not null limit ?) o'
  const [{ total }] = await em.fork().execute<[{ total: number }]>(count, [RECONCILE_MAX_TOTAL + 1])
  return total > RECONCILE_MAX_TOTAL ? {} : { total }
}

/** Sorts after every id. */
const BEYOND_ALL = '\uffff'

/** The last id up to which both sides are known: the end of the shorter page that has a next one. */
function endOf(theirs: DeliveredOrders, ours: PaidOrder[], limit: number): string {
  const theirEnd = theirs.more ? theirs.items.at(-1)?.orderId : undefined
  const ourEnd = ours.length === limit ? ours.at(-1)?.id : undefined
  const [end = BEYOND_ALL] = [theirEnd, ourEnd].filter((id) => id !== undefined).sort()
  return end
}

function compare(ours: PaidOrder[], theirs: DeliveredOrders['items']): OrderDifference[] {
  const delivered = new Map(theirs.map((order) => [order.orderId, order]))
  const paid = new Set(ours.map(({ id }) => id))
  const unknown = theirs.filter(({ orderId }) => !paid.has(orderId))
  return [
    ...ours.flatMap((order) => differenceOf(order, delivered.get(order.id))),
    ...unknown.map(({ orderId, version: platformVersion }) => {
      return { orderId, finding: 'unknown' as const, version: null, platformVersion, action: 'none' as const }
    }),
  ]
}

function differenceOf(
  { id, version, type, fresh }: PaidOrder,
  theirs: DeliveredOrders['items'][number] | undefined,
): OrderDifference[] {
  const platformVersion = theirs?.version ?? null
  const difference = { orderId: id, version, platformVersion, action: 'none' as const }
  if (theirs && (theirs.version > version || (theirs.version === version && theirs.type !== type)))
    return [{ ...difference, finding: 'ahead' }]
  if (fresh || theirs?.version === version) return []
  return [{ ...difference, finding: theirs ? 'behind' : 'missing' }]
}

/** Sets the action for orders that are missing or behind, and adds their events, in one transaction and one caller at a time. */
async function resendLacking(em: EntityManager, differences: OrderDifference[], dryRun: boolean) {
  const lacking = differences.filter(({ finding }) => finding === 'missing' || finding === 'behind')
  if (lacking.length === 0) return
  await inTransaction(em, async (em) => {
    await em.execute(`select pg_advisory_xact_lock(${lockKeys(RECONCILE_LOCK)})`)
    const queued = await findQueued(em, lacking)
    for (const difference of lacking) difference.action = queued.get(difference.orderId) ?? (dryRun ? 'none' : 'resent')
    const resent = lacking.filter(({ action }) => action === 'resent').map(({ orderId }) => orderId)
    await addEvents(em, await makeEvents(em, resent))
  })
}

/** Orders whose current version is in the outbox already; `waiting` wins over `dead` where both exist. */
async function findQueued(em: EntityManager, orders: OrderDifference[]): Promise<Map<string, 'waiting' | 'dead'>> {
  const orderIds = orders.map(({ orderId }) => orderId)
  const rows = await em.execute<{ orderId: string; waiting: boolean }[]>(
    `select o.id as "orderId", bool_or(queued.waiting) as waiting
       from (
         select order_id, version, due_at is not null as waiting from undelivered_event where order_id in (?)
         union all
         select (event->'data'->'order'->>'id')::uuid, (event->'data'->>'version')::int, true from ${eventsAfterCursor} unsent
       ) queued join "order" o on o.id = queued.order_id
      where o.id in (?) and queued.version >= o.version
      group by o.id`,
    [orderIds, orderIds],
  )
  return new Map(rows.map(({ orderId, waiting }) => [orderId, waiting ? 'waiting' : 'dead']))
}

async function makeEvents(em: EntityManager, orderIds: string[]): Promise<OutgoingChange[]> {
  if (orderIds.length === 0) return []
  const { orders } = await selectOrders(em, {
    orders: 'where id in (?) order by id',
    values: [orderIds],
    sort: 'o.id',
    maxLines: orderIds.length * MAX_ITEMS,
  })
  return orders.map(({ view, version }) => currentState(view, version))
}

/** Adds events to the retries and not to the feed, because nothing in the shop has changed. */
async function addEvents(em: EntityManager, events: OutgoingChange[]): Promise<void> {
  if (events.length === 0) return
  await em.execute(
    `insert into undelivered_event (id, event, order_id, version)
      select (event->>'id')::uuid, event, (event->'data'->'order'->>'id')::uuid, (event->'data'->>'version')::int
        from json_array_elements(?::json) event`,
    [JSON.stringify(events)],
  )
}
