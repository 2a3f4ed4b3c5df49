import {
  type OrderDifference,
  orderId,
  RECONCILE_MAX_TOTAL,
  type ReconcileInput,
  type Reconciliation,
} from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import { z } from 'zod'
import { inTransaction } from '../database/transaction.ts'
import { DomainError } from '../errors.ts'
import { Order } from '../order/order.entity.ts'
import { withLines } from '../order/read-orders.ts'
import { readCursor } from '../page.ts'
import { type DeliveredOrder, type DeliveredOrders, listDelivered } from './list-delivered.ts'
import { addToOutbox, DEAD_LETTERS, OUTBOX, type Outbox } from './outbox.ts'
import { buildEvent, type OutgoingEvent } from './outgoing-event.ts'
import { type DataPlatform, DeliveryError } from './send-events.ts'

/** Any number will do, as long as nobody else locks the same one in this database. */
const RECONCILE_LOCK = 7_201_967

const RETRY_AFTER_SECONDS = 5

/** After which id of theirs, and after which of ours, to go on: theirs may be anything. */
const reconcileCursor = z.tuple([z.string().max(64), orderId])
const START: z.output<typeof reconcileCursor> = ['', '00000000-0000-0000-0000-000000000000']

/** An order that the platform must have been told of. */
interface PaidOrder {
  id: string
  version: number
  type: OutgoingEvent['type']
  /** Whether it changed so recently that it may be on its way. */
  fresh: boolean
}

/**
 * Compares one stretch of the orders that were paid with those of the data platform, both by id, and sends what is missing there,
 * or behind, again: by a new event, unless one is waiting or is a dead letter. The whole is compared by calling again with
 * `nextCursor`, at a constant price a call; the first one counts the paid orders too.
 * Throws `UNAVAILABLE` when the platform cannot be asked; nothing was sent then.
 */
export async function reconcileOrders(
  em: EntityManager,
  outbox: Outbox,
  platform: DataPlatform,
  input: ReconcileInput,
): Promise<Reconciliation> {
  const { limit, dryRun } = input
  const after = readCursor(input.cursor, reconcileCursor) ?? START
  // In this order: what the platform has been told was committed before, so we see at least that much.
  const theirs = await askPlatform(platform, { after: after[0], limit })
  const ours = await readPaid(em, { ...input, after: after[1] })
  const end = endOf(theirs, ours, limit)
  const compared = ours.filter(({ id }) => id <= end)
  const differences = compare(
    compared,
    theirs.items.filter(({ orderId }) => orderId <= end),
  )
  await actOn(em, outbox, differences, dryRun)
  return {
    compared: compared.length,
    fresh: compared.filter(({ fresh }) => fresh).length,
    differences,
    ...(input.cursor === undefined && (await countPaid(em))),
    nextCursor: end === BEYOND_ALL ? null : toCursor(end, compared.at(-1)?.id ?? after[1]),
  }
}

async function askPlatform(platform: DataPlatform, page: { after: string; limit: number }): Promise<DeliveredOrders> {
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
  { after, limit, graceSeconds }: { after: string; limit: number; graceSeconds: number },
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

/** How much there is to compare, for whoever waits for the end; nothing if it is more than is counted. */
async function countPaid(em: EntityManager): Promise<{ total?: number }> {
  const [{ total }] = await em
    .fork()
    .execute<[{ total: number }]>(
      'select count(*)::int as total from (select from "order" where paid_at is not null limit ?) o',
      [RECONCILE_MAX_TOTAL + 1],
    )
  return total > RECONCILE_MAX_TOTAL ? {} : { total }
}

/** After every id. */
const BEYOND_ALL = '\uffff'

/** How far both sides are known: to the end of the shorter page, where there is more of it. */
function endOf(theirs: DeliveredOrders, ours: PaidOrder[], limit: number): string {
  const theirEnd = theirs.more ? theirs.items.at(-1)?.orderId : undefined
  const ourEnd = ours.length === limit ? ours.at(-1)?.id : undefined
  const [end = BEYOND_ALL] = [theirEnd, ourEnd].filter((id) => id !== undefined).sort()
  return end
}

function toCursor(...key: z.output<typeof reconcileCursor>): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

function compare(ours: PaidOrder[], theirs: DeliveredOrder[]): OrderDifference[] {
  const delivered = new Map(theirs.map((order) => [order.orderId, order]))
  const paid = new Set(ours.map(({ id }) => id))
  const strangers = theirs.filter(({ orderId }) => !paid.has(orderId))
  return [
    ...ours.flatMap((order) => differenceOf(order, delivered.get(order.id))),
    ...strangers.map(
      ({ orderId, version }): OrderDifference => ({
        orderId,
        finding: 'unknown',
        version: null,
        platformVersion: version,
        action: 'none',
      }),
    ),
  ]
}

function differenceOf({ id, version, type, fresh }: PaidOrder, theirs: DeliveredOrder | undefined): OrderDifference[] {
  const platformVersion = theirs?.version ?? null
  const difference = { orderId: id, version, platformVersion, action: 'none' as const }
  if (theirs && (theirs.version > version || (theirs.version === version && theirs.type !== type)))
    return [{ ...difference, finding: 'ahead' }]
  if (fresh || theirs?.version === version) return []
  return [{ ...difference, finding: theirs ? 'behind' : 'missing' }]
}

/** Decides what is done about orders that are missing or behind, and does it: in one transaction, one caller at a time. */
async function actOn(
  em: EntityManager,
  outbox: Outbox,
  differences: OrderDifference[],
  dryRun: boolean,
): Promise<void> {
  const lacking = differences.filter(({ finding }) => finding === 'missing' || finding === 'behind')
  if (lacking.length === 0) return
  await inTransaction(em, async (em) => {
    await em.execute('select pg_advisory_xact_lock(?)', [RECONCILE_LOCK])
    const queued = await findQueued(em, lacking)
    for (const difference of lacking) difference.action = queued.get(difference.orderId) ?? (dryRun ? 'none' : 'resent')
    const resent = lacking.filter(({ action }) => action === 'resent').map(({ orderId }) => orderId)
    await addToOutbox(em, outbox, await makeEvents(em, resent))
  })
}

/** Orders of which an event is in the outbox that tells as much as we know: a waiting one counts more than a dead one. */
async function findQueued(em: EntityManager, orders: OrderDifference[]): Promise<Map<string, 'waiting' | 'dead'>> {
  const rows = await em.execute<{ orderId: string; waiting: boolean }[]>(
    `select o.id as "orderId", bool_or(j.name = '${OUTBOX}') as waiting
       from pgboss.job j join "order" o on o.id::text = j.data->>'orderId'
      where j.name in ('${OUTBOX}', '${DEAD_LETTERS}') and j.state < 'completed'
        and j.data->>'orderId' in (?) and j.data->'version' >= to_jsonb(o.version)
      group by o.id`,
    [orders.map(({ orderId }) => orderId)],
  )
  return new Map(rows.map(({ orderId, waiting }) => [orderId, waiting ? 'waiting' : 'dead']))
}

async function makeEvents(em: EntityManager, orderIds: string[]): Promise<OutgoingEvent[]> {
  if (orderIds.length === 0) return []
  const orders = await em.find(Order, { id: { $in: orderIds } }, { orderBy: { id: 'asc' } })
  const views = await withLines(em, orders)
  return views.map((view, index) => buildEvent(view, orders[index]?.version ?? 1))
}
