import { z } from 'zod'
import { POPULAR_DEFAULT_DAYS, POPULAR_MAX_DAYS } from './limits.ts'
import type { ProcedureGroup } from './procedure.ts'
import { currentProduct, timeOf } from './values.ts'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 5

const popularProductsInput = z
  .strictObject({
    days: z.int().min(1).max(POPULAR_MAX_DAYS).default(POPULAR_DEFAULT_DAYS).meta({
      description: 'Length of the window that ends now, in days of 24 hours',
      example: 3,
    }),
    limit: z.int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).meta({
      description: 'The most products to answer',
      example: 5,
    }),
  })
  .meta({ id: 'PopularProductsInput', description: 'How far back to look, and how many products to answer.' })

const popularProduct = z
  .object({
    rank: z.int().min(1).meta({
      description: '1 for the most sold; of products that sold equally, the lower id comes first',
      example: 1,
    }),
    ...currentProduct,
    sold: z
      .int()
      .min(1)
      .meta({ description: 'Sum of the quantities in paid orders, without cancelled ones', example: 42 }),
  })
  .meta({ id: 'PopularProduct', description: 'A product for sale and how many of it were sold in the window.' })

const popularProducts = z
  .object({
    from: timeOf(
      'Begin of the window, ISO 8601, UTC: orders paid from this moment on count',
      '2026-01-12T03:00:00.000Z',
    ),
    to: timeOf('End of the window, ISO 8601, UTC: orders paid before this moment count'),
    items: z.array(popularProduct).meta({ description: 'Products by rank' }),
  })
  .meta({ id: 'PopularProducts', description: 'The most sold products of a window.' })

export const popularProcedures = {
  products: {
    input: popularProductsInput,
    output: popularProducts,
    access: 'anyone',
    method: 'GET',
    path: '/popular/product',
    stale: true,
    summary: 'List the most sold products',
    description:
      'By the quantities in orders that were paid in the window and are not cancelled. Products off sale are left out.',
    returns: 'The most sold products, most first',
    example: { days: 3 },
  },
} as const satisfies ProcedureGroup

export type PopularProduct = z.output<typeof popularProduct>
export type PopularProductsInput = z.output<typeof popularProductsInput>
export type PopularProducts = z.output<typeof popularProducts>
