import { z } from 'zod'
import { audit, auditInput } from './audit.ts'
import type { ProcedureGroup } from './procedure.ts'
import { count, EXAMPLE_ORDER_ID, orderId, pageInput, pageOf, timeOf, uuid } from './values.ts'

const REPLAY_MAX_EVENTS = 1_000

/** The most orders of either side that one call compares. */
const RECONCILE_MAX_ORDERS = 1_000
const RECONCILE_DEFAULT_ORDERS = 500

/** The most orders that are counted, so that counting takes a few seconds at most. */
export const RECONCILE_MAX_TOTAL = 10_000_000

/** Recovery of delivery is promised within half of this. */
const DEFAULT_GRACE_SECONDS = 60
const MAX_GRACE_SECONDS = 86_400

const eventType = z
  .enum(['order.paid', 'order.cancelled'])
  .meta({ description: 'What happened to the order', example: 'order.paid' })
const version = z.int().meta({ description: 'Version of the order', example: 1 })

const EXAMPLE_EVENT_ID = '019310a4-6f00-7000-8000-000000000003'
const outboxId = uuid.meta({ description: 'Id in the outbox', example: EXAMPLE_EVENT_ID })

const outboxState = z.enum(['dead', 'waiting']).meta({
  id: 'OutboxState',
  description: '`waiting`: the relay retries it. `dead`: it was rejected too often, and waits for a replay.',
  example: 'dead',
})

const outboxEvent = z
  .object({
    id: outboxId,
    eventId: z.string().meta({
      description: 'Id for the data platform, the same through every retry and replay',
      example: EXAMPLE_EVENT_ID,
    }),
    state: outboxState,
    type: eventType,
    orderId,
    version,
    attempts: count('How often it was sent without success', 20),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the last attempt failed; null before the first', example: 'The order is unknown.' }),
    since: timeOf('Since when it has waited, or been dead, ISO 8601, UTC'),
  })
  .meta({ id: 'OutboxEvent', description: 'An event that the data platform has not accepted.' })

export const listOutboxInput = pageInput
  .extend({ state: outboxState.default('dead') })
  .meta({ id: 'ListOutboxInput', description: 'Which events to list, and which page.' })
const outboxPage = pageOf(outboxEvent).meta({ id: 'OutboxPage', description: 'A page of the outbox.' })

export const replayEventsInput = z
  .strictObject({
    ids: z
      .array(outboxId)
      .min(1)
      .max(REPLAY_MAX_EVENTS)
      .meta({ description: 'Dead letters, by their ids in the outbox' }),
  })
  .meta({ id: 'ReplayEventsInput', description: 'Which dead letters to send again.' })
const replayedEvents = z
  .object({ replayed: count('How many of them were dead letters, and wait again', 1) })
  .meta({ id: 'ReplayedEvents', description: 'What a replay did.' })

export const reconcileInput = z
  .strictObject({
    cursor: pageInput.shape.cursor,
    limit: z.int().min(1).max(RECONCILE_MAX_ORDERS).default(RECONCILE_DEFAULT_ORDERS).meta({
      description: 'The most orders of either side to compare',
      example: 500,
    }),
    graceSeconds: z.int().min(0).max(MAX_GRACE_SECONDS).default(DEFAULT_GRACE_SECONDS).meta({
      description:
        'Orders that changed less than this many seconds ago are not judged: their events may be on their way',
      example: 60,
    }),
    dryRun: z.boolean().default(false).meta({ description: 'Compare only, send nothing', example: false }),
  })
  .meta({ id: 'ReconcileInput', description: 'Which stretch of the orders to compare, and how.' })

const orderDifference = z
  .object({
    orderId: z.string().meta({ description: 'Order id', example: EXAMPLE_ORDER_ID }),
    finding: z.enum(['missing', 'behind', 'ahead', 'unknown']).meta({
      description:
        '`missing`: the platform has nothing of it; `behind`: it has an older version; `ahead`: it has a newer one, or another ' +
        'event of the same version; `unknown`: there is no such order here, or it was never paid',
      example: 'missing',
    }),
    version: version.nullable().meta({ description: 'Version here', example: 1 }),
    platformVersion: version.nullable().meta({ description: 'Version on the data platform', example: null }),
    action: z.enum(['resent', 'waiting', 'dead', 'none']).meta({
      description:
        '`resent`: an event was added to the outbox; `waiting`: one is there already; `dead`: one is a dead letter, to be replayed',
      example: 'resent',
    }),
  })
  .meta({ id: 'OrderDifference', description: 'An order that differs between this service and the data platform.' })

const reconciliation = z
  .object({
    compared: count('How many paid orders of this service were compared', 500),
    fresh: count('How many of them were too recent to be judged', 0),
    differences: z.array(orderDifference).meta({ description: 'Every order that differs' }),
    total: count(
      `How many paid orders there are; on the first stretch only, and up to ${RECONCILE_MAX_TOTAL}`,
      500,
    ).exactOptional(),
    nextCursor: z.string().nullable().meta({ description: 'Where to go on; null at the end', example: null }),
  })
  .meta({ id: 'Reconciliation', description: 'What was found in one stretch of the orders.' })

export const adminProcedures = {
  audit: {
    input: auditInput,
    output: audit,
    access: 'admin',
    method: 'GET',
    path: '/admin/audit',
    summary: 'Check every invariant',
    description:
      'In one snapshot of the database, while the shop is open. May take a minute for millions of orders. Each process ' +
      'runs one audit at a time: callers who come meanwhile share the next.',
    returns: 'Each invariant with how many rows were checked and how many break it',
    example: {},
  },
  reconcile: {
    input: reconcileInput,
    output: reconciliation,
    access: 'admin',
    method: 'POST',
    path: '/admin/reconcile',
    repeatable: true,
    summary: 'Compare paid orders with the data platform, and send it what it lacks',
    description:
      'One stretch of the orders, by id; go on with `nextCursor`. Reports orders of the platform that are unknown here. Safe to ' +
      'repeat. `UNAVAILABLE` while the data platform is away.',
    returns: 'What was found in this stretch, and what was done about it',
    example: { dryRun: true },
  },
} as const satisfies ProcedureGroup

export const outboxProcedures = {
  list: {
    input: listOutboxInput,
    output: outboxPage,
    access: 'admin',
    method: 'GET',
    path: '/admin/outbox',
    summary: 'List events that the data platform has not accepted',
    returns: 'Events, the oldest first',
    example: { state: 'dead' },
  },
  replay: {
    input: replayEventsInput,
    output: replayedEvents,
    access: 'admin',
    method: 'POST',
    path: '/admin/outbox/replay',
    summary: 'Send dead letters again',
    description:
      'Each waits again, with the id by which the data platform knows it. Ids of events that are no dead letters are ignored.',
    returns: 'How many were dead letters',
    example: { ids: [EXAMPLE_EVENT_ID] },
  },
} as const satisfies ProcedureGroup

export type OutboxEvent = z.output<typeof outboxEvent>
export type ListOutboxInput = z.output<typeof listOutboxInput>
export type ReconcileInput = z.output<typeof reconcileInput>
export type OrderDifference = z.output<typeof orderDifference>
export type Reconciliation = z.output<typeof reconciliation>
