import { z } from 'zod'
import { orderId, pageInput, pageOf, timestamp } from './values.ts'

const REPLAY_MAX_EVENTS = 1_000

/** The most orders of either side that one call compares. */
const RECONCILE_MAX_ORDERS = 1_000
const RECONCILE_DEFAULT_ORDERS = 500

/** The most orders that are counted, so that the count takes no more than a few seconds. */
export const RECONCILE_MAX_TOTAL = 10_000_000

/** Delivery takes a moment; whatever was broken, it is to be made up for within half of this. */
const DEFAULT_GRACE_SECONDS = 60
const MAX_GRACE_SECONDS = 86_400

const eventType = z
  .enum(['order.paid', 'order.cancelled'])
  .meta({ description: 'What happened', example: 'order.paid' })
const version = z.int().meta({ description: 'Version of the order', example: 1 })

/** An id in the outbox. */
const outboxId = z.guid().meta({ description: 'Its id in the outbox', example: '019310a4-6f00-7000-8000-000000000003' })

const outboxState = z.enum(['dead', 'waiting']).meta({
  description:
    '`waiting` is tried again by itself; `dead` has been rejected too often and waits for somebody to replay it',
  example: 'dead',
})

/** An event that the data platform has not taken. */
export const outboxEvent = z
  .object({
    id: outboxId,
    eventId: z.string().meta({
      description: 'Its id for the data platform, the same through every retry and replay',
      example: '019310a4-6f00-7000-8000-000000000003',
    }),
    state: outboxState,
    type: eventType,
    orderId,
    version,
    attempts: z.int().min(0).meta({ description: 'How often it was sent without success', example: 20 }),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why the last attempt failed', example: 'The order is unknown.' }),
    since: timestamp.meta({ description: 'Since when it waits, or is dead', example: '2026-01-15T03:00:00.000Z' }),
  })
  .meta({ id: 'OutboxEvent' })

export const listOutboxInput = pageInput.extend({ state: outboxState.default('dead') })
export const outboxPage = pageOf(outboxEvent)

export const replayEventsInput = z.strictObject({
  ids: z
    .array(outboxId)
    .min(1)
    .max(REPLAY_MAX_EVENTS)
    .meta({ description: 'Dead letters, by their ids in the outbox' }),
})
export const replayEventsOutput = z.object({
  replayed: z.int().min(0).meta({ description: 'How many of them were dead letters, and wait again', example: 1 }),
})

export const reconcileInput = z.strictObject({
  cursor: pageInput.shape.cursor,
  limit: z.int().min(1).max(RECONCILE_MAX_ORDERS).default(RECONCILE_DEFAULT_ORDERS).meta({
    description: 'The most orders of either side to compare',
    example: 500,
  }),
  graceSeconds: z.int().min(0).max(MAX_GRACE_SECONDS).default(DEFAULT_GRACE_SECONDS).meta({
    description: 'Orders that changed more recently may be on their way, and are not judged',
    example: 60,
  }),
  dryRun: z.boolean().default(false).meta({ description: 'Only look, and send nothing', example: false }),
})

/** An order of which the data platform knows something else than we do. */
export const orderDifference = z
  .object({
    orderId: z.string().meta({ description: 'Order id', example: '019310a4-6f00-7000-8000-000000000001' }),
    finding: z.enum(['missing', 'behind', 'ahead', 'unknown']).meta({
      description:
        '`missing`: the platform has nothing of it; `behind`: it has an older version; `ahead`: it has a newer one, or another ' +
        'event of the same version; `unknown`: there is no such order here, or it was never paid',
      example: 'missing',
    }),
    version: version.nullable().meta({ description: 'Version here', example: 1 }),
    platformVersion: version.nullable().meta({ description: 'Version there', example: null }),
    action: z.enum(['resent', 'waiting', 'dead', 'none']).meta({
      description:
        '`resent`: an event was added to the outbox; `waiting`: one is there already; `dead`: one is a dead letter, to be replayed',
      example: 'resent',
    }),
  })
  .meta({ id: 'OrderDifference' })

export const reconcileOutput = z
  .object({
    compared: z.int().min(0).meta({ description: 'How many paid orders of ours were compared', example: 500 }),
    fresh: z.int().min(0).meta({ description: 'How many of them were too recent to be judged', example: 0 }),
    differences: z.array(orderDifference),
    total: z
      .int()
      .min(0)
      .meta({
        description: `How many paid orders there are; told of the first stretch, and up to ${RECONCILE_MAX_TOTAL}`,
        example: 500,
      })
      .exactOptional(),
    nextCursor: z.string().nullable().meta({ description: 'Where to go on; null at the end', example: null }),
  })
  .meta({ id: 'Reconciliation' })

export type OutboxEvent = z.output<typeof outboxEvent>
export type ListOutboxInput = z.output<typeof listOutboxInput>
export type ReconcileInput = z.output<typeof reconcileInput>
export type OrderDifference = z.output<typeof orderDifference>
export type Reconciliation = z.output<typeof reconcileOutput>
