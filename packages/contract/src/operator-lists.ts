import { z } from 'zod'
import { KEYS_MAX_ITEMS, MEMBER_ID_PATTERN } from './limits.ts'
import { order } from './order.ts'
import { pointBalance } from './point.ts'
import type { ProcedureGroup } from './procedure.ts'
import { listProductsInput, productKey } from './product.ts'
import {
  count,
  MAX_PAGE_LINES,
  memberId,
  orderStatus,
  pageInput,
  pageOf,
  points,
  product,
  productId,
  staleInput,
  stock,
  timeOf,
  timestamp,
} from './values.ts'

/** The most orders or products that one call looks at. */
export const MAX_LOOKED_AT = 50_000

/** Up to which number matching orders are counted. */
export const MAX_MATCHES = 1_000

/** From how many characters on a text is compared with order ids. */
export const MIN_ORDER_ID_TEXT = 4

const ENDS_EARLY = `A page also ends after looking at ${MAX_LOOKED_AT.toLocaleString('en')} of them, even without a match; \`nextCursor\` goes on.`

/** The first characters of an id. */
const idText = z
  .string()
  .regex(MEMBER_ID_PATTERN, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ : @ -')
  .meta({ description: 'The first characters of a member id; upper and lower case differ', example: 'de' })

export const searchOrdersInput = pageInput
  .extend({
    status: z
      .array(orderStatus)
      .min(1)
      .max(orderStatus.options.length)
      .optional()
      .meta({
        description: 'Any of these statuses. In a URL separated by commas',
        example: ['PENDING_PAYMENT', 'PAID'],
        param: { style: 'form', explode: false },
      }),
    memberId: memberId.optional(),
    productId: productId.meta({ description: 'Orders that contain this product', example: 1 }).optional(),
    minTotal: points.meta({ description: 'The smallest total, in whole KRW', example: 10_000 }).optional(),
    maxTotal: points.meta({ description: 'The largest total, in whole KRW', example: 50_000 }).optional(),
    from: timeOf('Placed at this time or later, to the millisecond, ISO 8601, UTC').optional(),
    to: timeOf('Placed before this time, to the millisecond, ISO 8601, UTC', '2026-01-16T03:00:00.000Z').optional(),
    text: idText
      .meta({
        description:
          `The first characters, at least ${MIN_ORDER_ID_TEXT}, of the order id; or the first characters of the id of a member who was ` +
          'ever charged, or a whole member id',
        example: 'demo',
      })
      .optional(),
    ...staleInput,
  })
  .meta({ id: 'SearchOrdersInput', description: 'Which orders to list, and which page. Every filter must match.' })

const matches = z
  .object({
    count: count(`How many orders match, up to ${MAX_MATCHES.toLocaleString('en')}`, 1),
    exact: z.boolean().meta({ description: 'Whether that is all; otherwise at least so many match', example: true }),
  })
  .meta({ id: 'Matches', description: 'How many orders match.' })

export const foundOrderPage = pageOf(order)
  .extend({
    matches: matches.nullable().meta({ description: 'How many orders match; on the first page only, null on others' }),
  })
  .meta({ id: 'FoundOrderPage', description: 'A page of found orders.' })

export const listMembersInput = pageInput
  .extend({ prefix: idText.optional() })
  .meta({ id: 'ListMembersInput', description: 'Which members to list, and which page.' })
export const memberPage = pageOf(pointBalance).meta({ id: 'MemberPage', description: 'A page of members.' })

const adminProduct = product
  .extend({
    removedAt: timestamp
      .nullable()
      .meta({ description: 'When it was taken off sale, ISO 8601, UTC; null while it is for sale', example: null }),
  })
  .meta({ id: 'AdminProduct', description: 'A product, for sale or removed.' })

export const searchProductsInput = listProductsInput
  .extend({
    removed: z.enum(['exclude', 'include', 'only']).default('exclude').meta({
      description: 'Products that were taken off sale: without them, with them, or only they',
      example: 'only',
    }),
    maxStock: stock.meta({ description: 'The largest stock: lists what runs low', example: 10 }).optional(),
  })
  .meta({ id: 'SearchProductsInput', description: 'Which products to list, and which page. Every filter must match.' })
export const adminProductPage = pageOf(adminProduct).meta({
  id: 'AdminProductPage',
  description: 'A page of products, for sale or removed.',
})

export const productsByKeysInput = z
  .strictObject({
    keys: z
      .array(productKey)
      .min(1)
      .max(KEYS_MAX_ITEMS)
      .meta({ description: "The shop's own ids of the products", example: ['TEA-0042'] }),
  })
  .meta({ id: 'ProductsByKeysInput', description: 'Which keys to look up.' })
const productsByKeys = z
  .object({ items: z.array(adminProduct).meta({ description: 'The products that have these keys' }) })
  .meta({ id: 'ProductsByKeys', description: 'Products by their keys.' })

/** What operators read of all members; part of the group `admin`. */
export const operatorListProcedures = {
  orders: {
    input: searchOrdersInput,
    output: foundOrderPage,
    access: 'admin',
    method: 'GET',
    path: '/admin/order',
    summary: 'Find orders of all members',
    description: `A page ends before \`limit\` where its orders would have more than ${MAX_PAGE_LINES} items together. ${ENDS_EARLY}`,
    returns: 'Orders, newest first, and how many match',
    example: { status: ['PENDING_PAYMENT'] },
  },
  members: {
    input: listMembersInput,
    output: memberPage,
    access: 'admin',
    method: 'GET',
    path: '/admin/member',
    summary: 'List members with their points',
    description: 'Members who were ever charged: a point account appears with the first charge.',
    returns: 'Members by id, in the order of ASCII',
    example: {},
  },
  products: {
    input: searchProductsInput,
    output: adminProductPage,
    access: 'admin',
    method: 'GET',
    path: '/admin/product',
    summary: 'Find products, also removed ones',
    description: ENDS_EARLY,
    returns: 'Products by id',
    example: { removed: 'include' },
  },
  productsByKeys: {
    input: productsByKeysInput,
    output: productsByKeys,
    access: 'admin',
    // Reads only. A URL, in which a query would stand, is too short for 100 keys of Hangul.
    method: 'POST',
    path: '/admin/product/keys',
    repeatable: true,
    summary: 'Look up products by their keys',
    description: 'Changes nothing. Keys of removed products are found too, because they cannot be used again.',
    returns: 'The products that have these keys, in the order of the keys',
    example: { keys: ['TEA-0042'] },
  },
} as const satisfies ProcedureGroup

export type SearchOrdersInput = z.output<typeof searchOrdersInput>
export type FoundOrderPage = z.output<typeof foundOrderPage>
export type ListMembersInput = z.output<typeof listMembersInput>
export type SearchProductsInput = z.output<typeof searchProductsInput>
export type AdminProduct = z.output<typeof adminProduct>
