import { z } from 'zod'

/** Every event must have an id, or the answer could not name it: 1–255 printable ASCII characters. */
const eventId = z.string().regex(/^[\x21-\x7e]{1,255}$/)

/** The body of `POST /v1/orders`. The rest of each event is checked by itself, with `orderEventSchema`. */
export const envelopeSchema = z.object({
  events: z
    .array(z.looseObject({ id: eventId }))
    .min(1)
    .max(500),
})

/** One event. Fields that the platform does not know are left alone: a sender may be ahead of it. */
export const orderEventSchema = z.object({
  id: eventId,
  type: z.enum(['order.paid', 'order.cancelled']),
  orderId: z.string().regex(/^[\w-]{1,64}$/),
  version: z.int().min(1),
  occurredAt: z.iso.datetime(),
  // Kept as it came: somebody else's order is not taken apart here.
  order: z.custom<object>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'Invalid input: expected a JSON object',
  }),
})

export type OrderEvent = z.output<typeof orderEventSchema>

/** The query of `GET /v1/orders`: the orders after that id, at most `limit` of them. */
export const pageSchema = z.strictObject({
  after: z.string().max(255).default(''),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

/** Every issue in one line, each with the path that it is about. */
export function issuesOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => (path.length ? `${path.join('.')}: ${message}` : message)).join('; ')
}
