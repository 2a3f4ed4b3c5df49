import { z } from 'zod'
import { amount, productId, remaining, timestamp } from './values.ts'

/** The longest window, in days of 24 hours. */
export const POPULAR_MAX_DAYS = 30

const POPULAR_DEFAULT_DAYS = 3
const POPULAR_MAX_LIMIT = 100
const POPULAR_DEFAULT_LIMIT = 5

export const popularProductsInput = z.strictObject({
  days: z.int().min(1).max(POPULAR_MAX_DAYS).default(POPULAR_DEFAULT_DAYS).meta({
    description: 'How far back to look, in days of 24 hours',
    example: 3,
  }),
  limit: z.int().min(1).max(POPULAR_MAX_LIMIT).default(POPULAR_DEFAULT_LIMIT).meta({
    description: 'The most products to name',
    example: 5,
  }),
})

/** A product for sale and how many of it were sold in the window. */
export const popularProduct = z
  .object({
    rank: z
      .int()
      .min(1)
      .meta({ description: '1 for the most sold; of products sold alike, the lower id first', example: 1 }),
    productId,
    name: z.string().meta({ description: 'Name', example: 'Hallabong tea' }),
    price: amount.meta({ description: 'Price as it is now, in whole KRW', example: 12_900 }),
    stock: remaining,
    sold: z
      .int()
      .min(1)
      .meta({ description: 'Sum of the quantities in paid orders, cancelled ones taken out', example: 42 }),
  })
  .meta({ id: 'PopularProduct' })

export const popularProductsOutput = z.object({
  from: timestamp.meta({ description: 'Orders paid from this moment on count', example: '2026-01-12T03:00:00.000Z' }),
  to: timestamp.meta({ description: 'Orders paid before this moment count', example: '2026-01-15T03:00:00.000Z' }),
  items: z.array(popularProduct),
})

export type PopularProduct = z.output<typeof popularProduct>
export type PopularProductsInput = z.output<typeof popularProductsInput>
export type PopularProducts = z.output<typeof popularProductsOutput>
