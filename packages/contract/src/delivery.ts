import { z } from 'zod'
import { audit, auditInput } from './audit.ts'
import { FAILURE_REASON_MAX_LENGTH } from './limits.ts'
import { order } from './order.ts'
import type { ProcedureGroup } from './procedure.ts'
import { count, EXAMPLE_ORDER_ID, orderId, pageInput, pageOf, timeOf, timestamp, uuid } from './values.ts'

/** The most events that one call replays. */
export const REPLAY_MAX_EVENTS = 1_000

/** The most reasons that one call lists. */
export const OUTBOX_MAX_REASONS = 100

/** The most orders of either side that one call compares. */
const RECONCILE_MAX_ORDERS = 1_000
const RECONCILE_DEFAULT_ORDERS = 500

/** The most orders that are counted, so that counting takes a few seconds at most. */
export const RECONCILE_MAX_TOTAL = 10_000_000

/** Recovery of delivery is promised within half of this. */
const DEFAULT_GRACE_SECONDS = 60
const MAX_GRACE_SECONDS = 86_400

export const eventType = z
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

/** Any text that the platform may have answered, as it is stored. */
const givenReason = z
  .string()
  .max(FAILURE_REASON_MAX_LENGTH)
  .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be text that can be stored')
  .meta({ description: 'Only events whose last attempt failed for exactly this reason', example: 'unknown sku' })

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
  .extend({ state: outboxState.default('dead'), reason: givenReason.optional(), orderId: orderId.optional() })
  .meta({ id: 'ListOutboxInput', description: 'Which events to list, and which page.' })
const outboxPage = pageOf(outboxEvent).meta({ id: 'OutboxPage', description: 'A page of the outbox.' })

export const replayEventsInput = z
  .strictObject({
    ids: z
      .array(outboxId)
      .min(1)
      .max(REPLAY_MAX_EVENTS)
      .optional()
      .meta({ description: 'Dead letters, by their ids in the outbox' }),
    reason: givenReason.optional().meta({
      description: `Dead letters with exactly this reason: the first ${REPLAY_MAX_EVENTS} of them, the oldest first`,
    }),
  })
  .refine(({ ids, reason }) => (ids === undefined) !== (reason === undefined), 'must name either ids or a reason')
  .meta({ id: 'ReplayEventsInput', description: 'Which dead letters to send again: either `ids` or a `reason`.' })
const replayedEvents = z
  .object({
    replayed: count('How many of them were dead letters, and wait again', 1),
    remaining: count('How many of them are dead letters still: call again', 0),
  })
  .meta({ id: 'ReplayedEvents', description: 'What a replay did.' })

const outboxReasonsInput = z
  .strictObject({})
  .meta({ id: 'OutboxReasonsInput', description: 'The reasons take no options.' })
const outboxReason = z
  .object({
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why they were rejected; null if that is not known', example: 'unknown sku' }),
    count: count('How many dead letters have it', 412),
    oldest: timeOf('Since when the oldest of them has been dead, ISO 8601, UTC'),
  })
  .meta({ id: 'OutboxReason', description: 'A reason of dead letters.' })
const outboxReasons = z
  .object({
    items: z
      .array(outboxReason)
      .max(OUTBOX_MAX_REASONS)
      .meta({
        description: `The ${OUTBOX_MAX_REASONS} most frequent reasons of dead letters, the most frequent first`,
      }),
    waiting: count('How many events wait for delivery', 7),
    dead: count('How many dead letters there are', 412),
  })
  .meta({ id: 'OutboxReasons', description: 'Why events are dead letters.' })

const outboxEventInput = z
  .strictObject({ eventId: outboxId })
  .meta({ id: 'OutboxEventInput', description: 'Which event to read.' })
const outboxEventDetails = outboxEvent
  .extend({
    nextAttemptAt: timestamp.nullable().meta({
      description:
        'When it is sent again, ISO 8601, UTC; null for a dead letter, and for an event that is sent as soon as possible',
      example: null,
    }),
    payload: z
      .object({ id: outboxId, type: eventType, orderId, version, occurredAt: timeOf('When it happened'), order })
      .meta({ id: 'OutboxPayload', description: 'The event as the data platform gets it.' }),
  })
  .meta({ id: 'OutboxEventDetails', description: 'An event that the data platform has not accepted, as it is sent.' })

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
    stale: true,
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
    stale: true,
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
      'Each waits again, with the id by which the data platform knows it. Ids of events that are no dead letters are ignored. By a ' +
      `reason, one call replays at most ${REPLAY_MAX_EVENTS}: call again while some remain.`,
    returns: 'How many were dead letters, and how many of them still are',
    example: { ids: [EXAMPLE_EVENT_ID] },
  },
  reasons: {
    input: outboxReasonsInput,
    output: outboxReasons,
    access: 'admin',
    method: 'GET',
    path: '/admin/outbox/reasons',
    summary: 'Count dead letters by reason',
    returns: 'The reasons, the most frequent first, and how many events wait or are dead',
    example: {},
  },
  event: {
    input: outboxEventInput,
    output: outboxEventDetails,
    access: 'admin',
    errors: ['EVENT_NOT_FOUND'],
    method: 'GET',
    path: '/admin/outbox/event/{eventId}',
    summary: 'Read an event that the data platform has not accepted',
    returns: 'The event, and what is sent for it',
    example: { eventId: EXAMPLE_EVENT_ID },
  },
} as const satisfies ProcedureGroup

export type OutboxEvent = z.output<typeof outboxEvent>
export type OutboxReasons = z.output<typeof outboxReasons>
export type OutboxEventDetails = z.output<typeof outboxEventDetails>
export type ReplayEventsInput = z.output<typeof replayEventsInput>
export type ListOutboxInput = z.output<typeof listOutboxInput>
export type ReconcileInput = z.output<typeof reconcileInput>
export type OrderDifference = z.output<typeof orderDifference>
export type Reconciliation = z.output<typeof reconciliation>
