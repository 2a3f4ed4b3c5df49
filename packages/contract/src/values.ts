import { z } from 'zod'
import {
  IDEMPOTENCY_KEY_PATTERN,
  MAX_AMOUNT,
  MAX_PRODUCT_ID,
  MAX_QUANTITY,
  MAX_STOCK,
  MEMBER_ID_PATTERN,
  PAGE_MAX_LIMIT,
  REASON_MAX_LENGTH,
} from './limits.ts'

/** The largest balance, in KRW: the largest integer that a JSON number carries exactly. */
export const MAX_BALANCE = Number.MAX_SAFE_INTEGER

/** The most different products in an order or a cart. */
export const MAX_ITEMS = 100

/** The most order lines on a page of orders. At least `MAX_ITEMS`, so that a page has at least one order. */
export const MAX_PAGE_LINES = 500

/** The most characters of a cursor. */
export const CURSOR_MAX_LENGTH = 200
const PAGE_DEFAULT_LIMIT = 20

/** The member that `npm start` prints a token for, so that the examples of the reference work as they are. */
export const EXAMPLE_MEMBER_ID = 'demo'
export const EXAMPLE_ORDER_ID = '019310a4-6f00-7000-8000-000000000001'
const EXAMPLE_TIME = '2026-01-15T03:00:00.000Z'

export const memberId = z
  .string()
  .regex(MEMBER_ID_PATTERN, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : @ -')
  .meta({
    description: 'Member id, as the identity provider names the member: 1 to 64 characters of `A-Z a-z 0-9 . _ : @ -`',
    example: EXAMPLE_MEMBER_ID,
  })

export const productId = z.int().min(1).max(MAX_PRODUCT_ID).meta({ description: 'Product id', example: 1 })

/** A UUID in upper, lower or mixed case; it is lower-case from here on, because it is stored, sent, compared and hashed as text (RFC 9562, 4). */
export const uuid = z.guid().toLowerCase()

/** New ids are UUIDv7; any other UUID is well-formed too and names no order. */
export const orderId = uuid.meta({ description: 'Order id (UUIDv7)', example: EXAMPLE_ORDER_ID })

export const orderStatus = z.enum(['PENDING_PAYMENT', 'PAID', 'CANCELLED', 'EXPIRED']).meta({
  id: 'OrderStatus',
  description: 'Status of an order. Only `PENDING_PAYMENT` changes by itself: it expires.',
  example: 'PAID',
})

/** Points that a caller moves, and prices. */
export const amount = z.int().min(1).max(MAX_AMOUNT).meta({ description: 'Points, in whole KRW', example: 10_000 })

/** Points that were added to a balance or taken from it. */
export const amountMoved = z
  .int()
  .meta({ description: 'Change in whole KRW; negative where points were taken away', example: -10_000 })

/** Balances and totals. */
export const points = z.int().min(0).max(MAX_BALANCE).meta({ description: 'Points, in whole KRW', example: 90_000 })

export const quantity = z.int().min(1).max(MAX_QUANTITY).meta({ description: 'Quantity', example: 2 })

/** Stock that an admin sets. */
export const stock = z.int().min(0).max(MAX_STOCK).meta({ description: 'Stock', example: 100 })

/** Stock as it is read. Cancelled orders may bring it above `MAX_STOCK`. */
export const remaining = z.int().min(0).meta({ description: 'Stock, exact at the time of reading', example: 100 })

export const expectedTotal = points.meta({
  description:
    'The total that the member has seen, in whole KRW. At any other total nothing is ordered, and the answer is `PRICE_CHANGED`',
  example: 25_800,
})

/** The fields of a product for sale at the time of reading. */
export const currentProduct = {
  productId,
  name: z.string().meta({ description: 'Name', example: 'Hallabong tea' }),
  price: amount.meta({ description: 'Price of one at the time of reading, in whole KRW', example: 12_900 }),
  stock: remaining,
}

export const price = amount.meta({ description: 'Price of one, in whole KRW', example: 12_900 })

export const product = z
  .object({
    id: productId,
    name: currentProduct.name,
    price,
    stock: remaining,
    key: z.string().nullable().meta({
      description: "The shop's own id of the product, such as a SKU; null if it was put up for sale without one",
      example: 'TEA-0042',
    }),
  })
  .meta({ id: 'Product', description: 'A product for sale.' })

export const idempotencyKey = z
  .string()
  .regex(IDEMPOTENCY_KEY_PATTERN, 'must be 1 to 255 printable ASCII characters')
  .meta({
    description:
      'A key of your choice, 1 to 255 printable ASCII characters. The same key, member and input give the first answer ' +
      'again, for 24 hours at least; a refused call uses no key up',
    // No example: the reference would send it with every order.
  })

export const timestamp = z.iso.datetime().meta({ description: 'Time, ISO 8601, UTC', example: EXAMPLE_TIME })

/** A timestamp with a description of its own. */
export function timeOf(description: string, example = EXAMPLE_TIME) {
  return timestamp.meta({ description, example })
}

/** A number of things. */
export function count(description: string, example: number) {
  return z.int().min(0).meta({ description, example })
}

/** Characters that show nothing: white space, controls, formats, fillers, and the blank of Braille. */
const SHOWS_NOTHING = /^[\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]*$/u

/**
 * Text for people: well-formed Unicode without control characters, in which there is something to see. It is in NFC and without
 * surrounding white space before it is measured, so that one name has one spelling.
 *
 * @param maxLength in UTF-16 code units
 */
export function text(maxLength: number) {
  return z
    .string()
    .normalize('NFC')
    .trim()
    .min(1)
    .max(maxLength)
    .refine((value) => value.isWellFormed() && !/\p{Cc}/u.test(value), 'must be text without control characters')
    .refine((value) => !SHOWS_NOTHING.test(value), 'must have something to see')
}

/** Why a person changes something. */
export const reason = text(REASON_MAX_LENGTH).meta({
  description: `Why, in the words of who does it: 1 to ${REASON_MAX_LENGTH} characters`,
  example: 'Goodwill after a late delivery',
})

/** A reason as it is read. */
export const givenReason = z.string().meta({ description: 'Why, in the words of who did it', example: 'Late delivery' })

/** Who changed something. */
export const actor = z.string().nullable()

/** The input that every list takes. */
export const pageInput = z.strictObject({
  cursor: z
    .string()
    .min(1)
    .max(CURSOR_MAX_LENGTH)
    .meta({ description: 'The `nextCursor` of the previous page; none for the first page' })
    .optional(),
  limit: z
    .int()
    .min(1)
    .max(PAGE_MAX_LIMIT)
    .default(PAGE_DEFAULT_LIMIT)
    .meta({ description: 'The most items on this page', example: 20 }),
})

/** The largest `maxAgeSeconds`. */
export const MAX_AGE_MAX_SECONDS = 3_600

/** The input of a list that may be read from a replica. */
export const staleInput = {
  maxAgeSeconds: z
    .int()
    .min(1)
    .max(MAX_AGE_MAX_SECONDS)
    .meta({
      description:
        'How many seconds old the answer may be; without it, it is current. A replica may then answer, and says in the header `Age` how ' +
        'old its answer is at most',
      example: 10,
    })
    .optional(),
}

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).meta({ description: 'The items of this page' }),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Cursor of the next page; null on the last page', example: null }),
  })
}

/** A page of a list. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}
