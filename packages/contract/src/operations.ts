import { z } from 'zod'
import { eventType } from './delivery.ts'
import { PULSE_MAX_SAMPLES } from './limits.ts'
import { order } from './order.ts'
import { pointEntryKind } from './point.ts'
import type { ProcedureGroup } from './procedure.ts'
import { amountMoved, count, EXAMPLE_ORDER_ID, orderId, points, timeOf, timestamp, uuid } from './values.ts'

const EXAMPLE_PROCESS_ID = '019310a4-6f00-7000-8000-000000000005'
const processId = uuid.meta({ description: 'Id of the API process, new at each start', example: EXAMPLE_PROCESS_ID })
const startedAt = timeOf('When the process started, ISO 8601, UTC')

const pulseInput = z
  .strictObject({
    after: timestamp
      .optional()
      .meta({ description: 'Only samples after this time, such as the last one that you have' }),
  })
  .meta({ id: 'PulseInput', description: 'From when on to read the figures.' })

const milliseconds = (share: string) =>
  z
    .number()
    .min(0)
    .nullable()
    .meta({
      description: `Milliseconds within which ${share} of these calls ended, interpolated within a histogram bucket; null without calls`,
      example: 4.2,
    })

const pulseSample = z
  .object({
    at: timeOf('End of the second, ISO 8601, UTC'),
    orders: count('Orders that were placed', 12),
    paid: count('Orders that were paid', 11),
    revenue: points.meta({ description: 'Totals of the orders that were paid, in whole KRW', example: 283_800 }),
    refusals: z.record(z.string(), z.int().min(1)).meta({
      description: 'Calls that were refused or failed, by the code of their problem',
      example: { OUT_OF_STOCK: 2 },
    }),
    calls: count('Calls that ended', 240),
    p50Ms: milliseconds('half'),
    p99Ms: milliseconds('99 %'),
    eventsWaiting: z.int().min(0).nullable().meta({
      description: 'Events of the whole shop that wait for delivery, at the last count; null if there is no recent one',
      example: 0,
    }),
    oldestEventSeconds: z.number().min(0).nullable().meta({ description: 'Age of the oldest of them', example: 0 }),
    poolUsed: count('Connections to the database that are busy', 3),
    poolMax: count('The most connections', 10),
    poolWaiting: count('Calls that wait for a connection', 0),
    streams: count('Open streams of changes, and calls that wait for changes', 4),
  })
  .meta({ id: 'PulseSample', description: 'What one API process did since the sample before, about a second.' })

const pulse = z
  .object({
    process: z
      .object({ id: processId, startedAt })
      .meta({ description: 'The process that answers: all figures but those of events are its own' }),
    samples: z
      .array(pulseSample)
      .max(PULSE_MAX_SAMPLES)
      .meta({ description: `One a second, the oldest first; the last ${PULSE_MAX_SAMPLES} are kept` }),
  })
  .meta({ id: 'Pulse', description: 'Figures of the last fifteen minutes.' })

const systemInput = z.strictObject({}).meta({ id: 'SystemInput', description: 'It takes no options.' })

const apiProcess = z
  .object({
    id: processId,
    host: z.string().meta({ description: 'Name of its machine', example: 'shop-1' }),
    pid: z.int().meta({ description: 'Its process id there', example: 4_242 }),
    version: z.string().meta({ description: 'Version of the release', example: '0.1.0' }),
    startedAt,
    seenAt: timeOf('When it last reported, ISO 8601, UTC; it reports every ten seconds'),
    self: z.boolean().meta({ description: 'Whether it is the one that answers', example: true }),
  })
  .meta({ id: 'ApiProcess', description: 'A process of the API that reported in the last thirty seconds.' })

const shownSetting = z
  .object({
    name: z.string().meta({ description: 'Name', example: 'LOG_LEVEL' }),
    value: z
      .string()
      .nullable()
      .meta({ description: 'Value; an address has no user, password and query; null for a secret', example: 'debug' }),
    isSecret: z.boolean().meta({ description: 'Whether its value is never shown', example: false }),
  })
  .meta({ id: 'ShownSetting', description: 'A setting that differs from its default.' })

const system = z
  .object({
    ready: z.boolean().meta({ description: 'Whether every migration is applied', example: true }),
    database: z
      .object({
        version: z.string().meta({ description: 'Version of PostgreSQL', example: '18.1' }),
        name: z.string().meta({ description: 'Name of the database', example: 'jumun' }),
        sizeBytes: count('Size of the shop in the database, in bytes', 12_000_000),
        connections: count('Connections to the server', 14),
        maxConnections: count('The most that it accepts', 100),
      })
      .meta({ description: 'The database and its server' }),
    migrations: z
      .object({
        applied: z
          .array(z.object({ name: z.string().meta({ description: 'Name' }), at: timeOf('When it was applied') }))
          .meta({ description: 'Those that are applied, the oldest first' }),
        pending: z.array(z.string()).meta({ description: 'Names of those that are missing', example: [] }),
      })
      .meta({ description: 'Changes of the schema' }),
    processes: z.array(apiProcess).meta({ description: 'Every living process of the API, the oldest first' }),
    settings: z
      .array(shownSetting)
      .meta({ description: 'The settings of the process that answers, where they differ from the default' }),
  })
  .meta({ id: 'System', description: 'The state of the installation.' })

const orderTimelineInput = z
  .strictObject({ orderId })
  .meta({ id: 'OrderTimelineInput', description: 'Which order to read.' })

const orderStep = z
  .object({
    at: timeOf('When, ISO 8601, UTC; of an expiry: until when the stock was held'),
    type: z
      .enum(['placed', 'stockHeld', 'pointsTaken', 'paid', 'cancelled', 'expired', 'pointsReturned', 'stockReturned'])
      .meta({ description: 'What happened', example: 'paid' }),
    actor: z.string().nullable().meta({
      description: 'Who did it for the member, by the member id; null: the member, the shop itself, or not known',
      example: 'demo',
    }),
    reason: z.string().nullable().meta({ description: 'The reason that was given', example: null }),
    units: z
      .int()
      .nullable()
      .meta({ description: 'Units of products that were held or returned; null for other steps', example: null }),
    entry: z
      .object({
        id: z.int().min(1).meta({ description: 'Entry number', example: 42 }),
        kind: pointEntryKind,
        amount: amountMoved,
        balanceAfter: points,
      })
      .nullable()
      .meta({ description: 'The entry of the ledger; null for other steps' }),
  })
  .meta({ id: 'OrderStep', description: 'One step in the life of an order.' })

const timelineEvent = z
  .object({
    id: uuid.nullable().meta({
      description: 'Id of the event; null once it is delivered, unless the data platform tells it',
      example: null,
    }),
    type: eventType,
    version: count('Version of the order', 1),
    state: z
      .enum(['delivered', 'waiting', 'dead'])
      .meta({ description: 'How far its delivery is', example: 'delivered' }),
    attempts: z
      .int()
      .min(0)
      .nullable()
      .meta({ description: 'How often it was sent without success; null once it is delivered', example: null }),
    nextAttemptAt: timestamp
      .nullable()
      .meta({ description: 'When it is sent again, ISO 8601, UTC; null if at once, or never', example: null }),
    reason: z.string().nullable().meta({ description: 'Why the last attempt failed', example: null }),
  })
  .meta({ id: 'TimelineEvent', description: 'What the data platform is told of the order.' })

const platformState = z
  .object({
    state: z.enum(['same', 'older', 'newer', 'missing', 'unreachable']).meta({
      description:
        'What it has, compared with this service. `newer`: a later version, or another event of the same version. `missing`: nothing, as ' +
        'for an order that was never paid. `unreachable`: it did not answer within two seconds',
      example: 'same',
    }),
    version: z.int().nullable().meta({ description: 'Version that it has; null if it has none', example: 1 }),
    reason: z.string().nullable().meta({ description: 'Why it is unreachable', example: null }),
  })
  .meta({ id: 'PlatformState', description: 'What the data platform has of the order now.' })

const orderTimeline = z
  .object({
    order,
    steps: z.array(orderStep).meta({ description: 'What happened, the oldest first' }),
    events: z.array(timelineEvent).meta({ description: 'Its events for the data platform, by version' }),
    platform: platformState,
  })
  .meta({ id: 'OrderTimeline', description: 'An order, and all that is known of it.' })

/** What operators see of a running system. */
export const operationsProcedures = {
  pulse: {
    input: pulseInput,
    output: pulse,
    access: 'admin',
    method: 'GET',
    path: '/admin/pulse',
    summary: 'Read the figures of the last fifteen minutes',
    description:
      'Of the process that answers, one sample a second. After a restart, or behind a balancer, `process.id` differs.',
    returns: 'The samples after the given time',
    example: {},
  },
  system: {
    input: systemInput,
    output: system,
    access: 'admin',
    method: 'GET',
    path: '/admin/system',
    summary: 'Read the state of the installation',
    returns: 'Database, migrations, processes, and settings without secrets',
    example: {},
  },
  orderTimeline: {
    input: orderTimelineInput,
    output: orderTimeline,
    access: 'admin',
    errors: ['ORDER_NOT_FOUND'],
    method: 'GET',
    path: '/admin/order/{orderId}/timeline',
    summary: 'Read everything about an order',
    description: 'Asks the data platform too. When it does not answer, `platform.state` says so.',
    returns: 'The order, its steps, its events, and what the data platform has',
    example: { orderId: EXAMPLE_ORDER_ID },
  },
} as const satisfies ProcedureGroup

export type Pulse = z.output<typeof pulse>
export type PulseSample = z.output<typeof pulseSample>
export type System = z.output<typeof system>
export type ShownSetting = z.output<typeof shownSetting>
export type ApiProcessView = z.output<typeof apiProcess>
export type OrderTimeline = z.output<typeof orderTimeline>
export type OrderStep = z.output<typeof orderStep>
export type TimelineEvent = z.output<typeof timelineEvent>
