import type { OrderStep, OrderTimeline, OrderView } from '@jumun/contract'
import { MAX_ITEMS } from '@jumun/contract'
import type { EntityManager } from '@mikro-orm/postgresql'
import type { DataPlatform } from '../delivery/data-platform.ts'
import { type DeliveredOrder, readDelivered } from '../delivery/read-delivered.ts'
import { Order } from '../order/order.entity.ts'
import { orderNotFound } from '../order/read-orders.ts'
import { selectOrders } from '../order/select-orders.ts'
import { PointEntry } from '../point/point-entry.entity.ts'
import { readEvents } from './read-events.ts'

/**
 * All that is known of an order: its steps from the order and the ledger, its events for the data platform, and what the platform has.
 * Waits two seconds for the platform at most, with no transaction open. Throws `ORDER_NOT_FOUND`.
 */
export async function readTimeline(em: EntityManager, platform: DataPlatform, orderId: string): Promise<OrderTimeline> {
  // The platform is read first: what it has was committed before, so the later read of our database sees at least as much.
  const theirs = await readDelivered(platform, orderId)
  const { orders } = await selectOrders(em.fork(), {
    orders: 'where id = ?',
    values: [orderId],
    sort: 'o.id',
    maxLines: MAX_ITEMS,
  })
  const [found] = orders
  if (!found) throw orderNotFound(orderId)
  const { view: order, version } = found
  const entries = await em.fork().find(PointEntry, { orderId }, { orderBy: { id: 'asc' } })
  const fields = ['cancelledBy', 'cancelReason'] as const
  const { cancelledBy = null, cancelReason = null } = await em.fork().findOneOrFail(Order, { id: orderId }, { fields })
  const delivered = 'order' in theirs ? theirs.order : null
  const events = await readEvents(em, { order, version, delivered })
  return {
    order,
    steps: stepsOf(order, { entries, cancelledBy, cancelReason }),
    events,
    platform: compare({ order, version }, theirs),
  }
}

type Entry = Pick<PointEntry, 'id' | 'kind' | 'amount' | 'balanceAfter' | 'createdAt' | 'actor' | 'reason'>

/** What an order itself does not show. */
interface Facts {
  entries: Entry[]
  cancelledBy: string | null
  cancelReason: string | null
}

/** The steps in the order in which they happened; those of one transaction in the order in which it did them. */
function stepsOf(order: OrderView, { entries, cancelledBy, cancelReason }: Facts): OrderStep[] {
  const { status, createdAt, paidAt, cancelledAt, expiresAt } = order
  const units = order.items.reduce((sum, { quantity }) => sum + quantity, 0)
  const entryOf = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind)
  const steps: OrderStep[] = [
    step('placed', createdAt),
    step('stockHeld', createdAt, { units }),
    ...entryOf('PAYMENT').map((entry) => entryStep('pointsTaken', entry)),
  ]
  const [payment] = entryOf('PAYMENT')
  const cancellation = { actor: cancelledBy, reason: cancelReason }
  if (paidAt !== null) steps.push(step('paid', paidAt, { actor: payment?.actor ?? null }))
  if (cancelledAt !== null) steps.push(step('cancelled', cancelledAt, cancellation))
  if (status === 'EXPIRED' && expiresAt !== null) steps.push(step('expired', expiresAt))
  steps.push(...entryOf('REFUND').map((entry) => entryStep('pointsReturned', entry)))
  const endedAt = cancelledAt ?? (status === 'EXPIRED' ? expiresAt : null)
  if (endedAt !== null) steps.push(step('stockReturned', endedAt, { units, actor: cancelledBy }))
  return steps
}

function step(type: OrderStep['type'], at: string, more: Partial<OrderStep> = {}): OrderStep {
  return { at, type, actor: null, reason: null, units: null, entry: null, ...more }
}

function entryStep(type: OrderStep['type'], { createdAt, actor, reason, ...entry }: Entry): OrderStep {
  const { id, kind, amount, balanceAfter } = entry
  return step(type, createdAt.toISOString(), {
    actor: actor ?? null,
    reason: reason ?? null,
    entry: { id, kind, amount, balanceAfter },
  })
}

/** Compares by the same rules as a reconciliation. */
function compare(
  { order, version }: { order: OrderView; version: number },
  theirs: Awaited<ReturnType<typeof readDelivered>>,
): OrderTimeline['platform'] {
  if ('unreachable' in theirs) return { state: 'unreachable', version: null, reason: theirs.unreachable }
  if (theirs.order === null) return { state: 'missing', version: null, reason: null }
  return { state: ageOf(theirs.order, order, version), version: theirs.order.version, reason: null }
}

function ageOf(theirs: DeliveredOrder, { status }: OrderView, version: number): 'same' | 'older' | 'newer' {
  if (theirs.version !== version) return theirs.version < version ? 'older' : 'newer'
  const type = status === 'PAID' ? 'order.paid' : 'order.cancelled'
  return theirs.type === type ? 'same' : 'newer'
}
