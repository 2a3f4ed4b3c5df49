import { z } from 'zod'
import { order } from './order.ts'
import { pointEntryKind } from './point.ts'
import type { ProcedureGroup } from './procedure.ts'
import {
  amountMoved,
  CURSOR_MAX_LENGTH,
  count,
  givenReason,
  memberId,
  orderId,
  points,
  product,
  productId,
  remaining,
  timeOf,
  uuid,
} from './values.ts'

/** How long a change can be read, in days. */
export const FEED_KEPT_DAYS = 7

const EXAMPLE_CHANGE_ID = '019310a4-6f00-7000-8000-000000000004'

/** The fields of every change. */
const change = {
  id: uuid.meta({
    description: 'Id of the change, by which a reader recognises duplicates',
    example: EXAMPLE_CHANGE_ID,
  }),
  at: timeOf('When its transaction began, ISO 8601, UTC. Not what changes are sorted by'),
  actor: z
    .string()
    .nullable()
    .meta({
      description:
        'Member id of the caller who made the change; null for the shop itself, such as when an order expires. Admins see it always, a ' +
        'member where it is its own id; for everybody else it is null',
      example: 'demo',
    }),
}

function changeOf<Type extends string, Data extends z.ZodObject>(type: Type, description: string, data: Data) {
  const id = type
    .split('.')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
  return (
    z
      .object({
        ...change,
        type: z.literal(type).meta({ description: 'What happened', example: type }),
        data: data.meta({ description: 'What there is to know of it' }),
      })
      // Additional properties, because the schema of a followed change adds one.
      .meta({ id, description: `${description}.`, additionalProperties: true })
  )
}

const orderState = z.object({
  order,
  version: count(
    'Version of the order after the transaction; an order that is paid at once is placed and paid in version 1',
    1,
  ),
})

export const stockReason = z.enum(['order', 'cancellation', 'expiry', 'correction']).meta({
  description: 'Why the stock changed: by orders, by a cancelled or an expired order, or by an admin',
  example: 'order',
})

const deliveredEvent = z.object({ eventId: uuid.meta({ description: 'Id of the event in the outbox' }), orderId })

/** One committed change of the shop. */
export const anyChange = z
  .discriminatedUnion('type', [
    changeOf('order.placed', 'An order was placed', orderState),
    changeOf('order.paid', 'An order was paid', orderState),
    changeOf('order.cancelled', 'An order was cancelled', orderState.extend({ reason: givenReason.exactOptional() })),
    changeOf('order.expired', 'An unpaid order expired', orderState),
    changeOf(
      'stock.changed',
      'The stock of a product changed',
      z.object({
        productId,
        quantity: remaining.meta({ description: 'Stock after the change', example: 98 }),
        reason: stockReason,
      }),
    ),
    changeOf('product.created', 'A product was put up for sale', z.object({ product })),
    changeOf('product.updated', 'Name or price of a product changed', z.object({ product })),
    changeOf('product.removed', 'A product was taken off sale', z.object({ productId })),
    changeOf(
      'points.changed',
      "A member's balance changed",
      z.object({
        memberId,
        kind: pointEntryKind,
        amount: amountMoved,
        balance: points.meta({ description: 'Balance after the change, in whole KRW', example: 80_000 }),
        orderId: orderId
          .nullable()
          .meta({ description: 'The order that was paid or refunded; null for charges and uses' }),
        reason: givenReason.exactOptional(),
      }),
    ),
    changeOf(
      'delivery.dead',
      'The data platform rejected an event too often; it waits for a replay',
      deliveredEvent.extend({ reason: z.string().meta({ description: 'Why it was rejected the last time' }) }),
    ),
    changeOf('delivery.replayed', 'A dead letter is sent again', deliveredEvent),
  ])
  .meta({ id: 'Change', description: 'One committed change of the shop.' })

/** The cursor after a change, or after the end of a page. */
const changeCursor = z.string().meta({
  description: 'Cursor after this change: send it as `after` to get what follows. Opaque',
  example: '1.u4h.k3x9a.2s.1',
})

type Followed<Kinds> = {
  [Index in keyof Kinds]: Kinds[Index] extends z.ZodObject<infer Shape>
    ? z.ZodObject<Shape & { cursor: typeof changeCursor }>
    : never
}

const followedChange = z
  .discriminatedUnion(
    'type',
    // No intersection, because in JSON Schema neither of its sides would allow the fields of the other.
    anyChange.options.map((kind) => kind.extend({ cursor: changeCursor })) as unknown as Followed<
      typeof anyChange.options
    >,
  )
  .meta({ id: 'FollowedChange', description: 'One committed change, with the cursor after it.' })

const changePage = z
  .object({
    items: z.array(followedChange).meta({ description: 'Changes in the order of the feed' }),
    nextCursor: changeCursor.meta({ description: 'Where to go on: send it as `after`. There is always one; opaque' }),
    reset: z.boolean().meta({
      description:
        'Whether the cursor was of another feed, such as that of the database that this one was restored from: read again what you show',
      example: false,
    }),
  })
  .meta({ id: 'ChangePage', description: 'A part of the feed of changes.' })

const streamReset = z
  .object({ type: z.literal('reset').meta({ description: 'That the feed is another one', example: 'reset' }) })
  .meta({
    id: 'FeedReset',
    description: 'The cursor was of another feed: read again what you show. The stream goes on.',
  })

const streamedChange = z
  .union([anyChange, streamReset])
  .meta({ id: 'StreamedChange', description: 'What a stream of changes brings.' })

/** The most topics of one reader. */
export const MAX_TOPICS = 100
const TOPIC_MAX_LENGTH = 71

/** What a reader may follow. */
const topic = z
  .string()
  .max(TOPIC_MAX_LENGTH)
  .regex(
    /^(?:products|orders|delivery|product:[1-9]\d{0,9}|member:[A-Za-z0-9._:@-]{1,64})$/,
    'must be products, product:<id>, member:<id>, orders or delivery',
  )
  .meta({ description: '`products`, `product:<id>`, `member:<id>`, `orders` or `delivery`', example: 'products' })

const position = {
  after: z
    .string()
    .min(1)
    .max(CURSOR_MAX_LENGTH)
    .meta({ description: 'Cursor of the last change that you have; none: the end of the feed' })
    .optional(),
  topics: z
    .array(topic)
    .min(1)
    .max(MAX_TOPICS)
    .optional()
    .meta({
      description:
        'What to follow: `products` (stock, and what is for sale), `product:<id>`, `member:<id>` (orders and points of a member), `orders`, ' +
        '`delivery`. In a URL separated by commas. None: all that you may follow',
      example: ['products'],
      param: { style: 'form', explode: false },
    }),
}

const MAX_CHANGES = 1_000
const DEFAULT_CHANGES = 100
const MAX_WAIT_SECONDS = 25

const listChangesInput = z
  .strictObject({
    ...position,
    limit: z
      .int()
      .min(1)
      .max(MAX_CHANGES)
      .default(DEFAULT_CHANGES)
      .meta({ description: 'The most changes to answer', example: 100 }),
    wait: z.int().min(0).max(MAX_WAIT_SECONDS).default(0).meta({
      description: 'How long to wait for the first change where there is none yet, in seconds',
      example: 0,
    }),
  })
  .meta({ id: 'ListChangesInput', description: 'Where to go on in the feed, and what to follow.' })

const followChangesInput = z
  .strictObject({
    ...position,
    lastEventId: z
      .string()
      .max(CURSOR_MAX_LENGTH)
      .meta({ description: 'Cursor of the last event that arrived, as `EventSource` sends it. Wins over `after`' })
      .optional(),
  })
  .meta({ id: 'FollowChangesInput', description: 'Where to go on in the feed, and what to follow.' })

const TOPICS_ALLOWED =
  'Anyone may follow products, a member what is its own, an admin everything. Changes come in one order, which is the same for every ' +
  `reader; none is missing for ${FEED_KEPT_DAYS} days.`

export const liveProcedures = {
  list: {
    input: listChangesInput,
    output: changePage,
    access: 'topics',
    errors: ['CURSOR_EXPIRED'],
    method: 'GET',
    path: '/changes',
    summary: 'List changes of the shop',
    description: `${TOPICS_ALLOWED} With \`wait\` it answers as soon as there is a change.`,
    returns: 'The changes after the cursor, and the cursor after them',
    example: { topics: ['products'] },
  },
  changes: {
    input: followChangesInput,
    output: streamedChange,
    stream: true,
    access: 'topics',
    errors: ['CURSOR_EXPIRED'],
    method: 'GET',
    path: '/events',
    summary: 'Follow changes of the shop',
    description: TOPICS_ALLOWED,
    returns:
      'Server-sent events: `change` (id: its cursor; data: the change), `bookmark` (a cursor without a change: at the start, and at least ' +
      'every 15 seconds), `reset` (the cursor was of another feed: read again what you show), and `end` (data: `reason`) before the server ' +
      'closes the stream',
    example: { topics: ['products'] },
  },
} as const satisfies ProcedureGroup

export type FollowedChange = z.output<typeof followedChange>
export type ChangePage = z.output<typeof changePage>
export type ListChangesInput = z.output<typeof listChangesInput>
export type FollowChangesInput = z.output<typeof followChangesInput>
export type StreamedChange = z.output<typeof streamedChange>
export type Change = z.output<typeof anyChange>
export type ChangeType = Change['type']
export type StockReason = z.output<typeof stockReason>
