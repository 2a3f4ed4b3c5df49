import { z } from 'zod'

/** 1–255 printable ASCII characters. Required, because the response names events by id. */
const eventId = z.string().regex(/^[\x21-\x7e]{1,255}$/)

/** The body of `POST /v1/orders`. `orderEventSchema` checks each event separately. */
export const envelopeSchema = z.object({
  events: z
    .array(z.looseObject({ id: eventId }))
    .min(1)
    .max(500),
})

/** One event. Unknown fields are ignored, since a sender may be newer than the platform. */
export const orderEventSchema = z.object({
  id: eventId,
  type: z.enum(['order.paid', 'order.cancelled']),
  orderId: z.string().regex(/^[\w-]{1,64}$/),
  version: z.int().min(1),
  occurredAt: z.iso.datetime(),
  // Stored unchanged and not validated: its structure belongs to the sender.
  order: z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'Invalid input: expected a JSON object',
  }),
})

export type OrderEvent = z.output<typeof orderEventSchema>

/** The query of `GET /v1/orders`: at most `limit` orders with an id above `after`. */
export const pageSchema = z.strictObject({
  after: z.string().max(255).default(''),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

/** Formats all issues in one line, each with its path. */
export function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length ? `${path.join('.')}: ${message}` : message)).join('; ')
}
