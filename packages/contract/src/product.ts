import { z } from 'zod'
import { amount, MAX_STOCK, pageInput, pageOf, productId, remaining, stock, text } from './values.ts'

const NAME_MAX_LENGTH = 200
const KEY_MAX_LENGTH = 64
const SEARCH_MAX_LENGTH = 100
const CREATE_MAX_ITEMS = 1_000

const name = text(NAME_MAX_LENGTH).meta({
  description: 'Name',
  example: 'Hallabong tea',
})
const price = amount.meta({
  description: 'Price, in whole KRW',
  example: 12_900,
})

/** A product with its stock at the time of reading. */
export const product = z.object({ id: productId, name, price, stock: remaining }).meta({ id: 'Product' })

export const listProductsInput = pageInput.extend({
  search: text(SEARCH_MAX_LENGTH)
    .meta({ description: 'Part of the name, upper and lower case alike', example: 'tea' })
    .optional(),
})
export const productPage = pageOf(product)
export const productByIdInput = z.strictObject({ productId })

const key = text(KEY_MAX_LENGTH).meta({
  description: "The shop's own id of the product, such as a SKU. A product that has it already stays as it is",
  example: 'TEA-0042',
})

export const newProduct = z.strictObject({ name, price, stock, key: key.optional() })
export const createProductsInput = z.strictObject({
  items: z.array(newProduct).min(1).max(CREATE_MAX_ITEMS),
})
export const createProductsOutput = z.object({
  ids: z.array(productId).meta({
    description: 'Ids of the products, in the order of the input',
  }),
  existing: z
    .int()
    .min(0)
    .meta({ description: 'How many of the items made no new product; there when any item has a key', example: 0 })
    .optional(),
})

export const updateProductInput = z
  .strictObject({
    productId,
    name: name.optional(),
    price: price.optional(),
    stockDelta: z.int().min(-MAX_STOCK).max(MAX_STOCK).optional().meta({
      description: 'What to add to the stock; negative takes away',
      example: 50,
    }),
  })
  .refine(
    ({ name, price, stockDelta }) => name !== undefined || price !== undefined || stockDelta !== undefined,
    'must name at least one of name, price, stockDelta',
  )

export const removeProductInput = z.strictObject({ productId })
export const removeProductOutput = z.object({ id: productId })

export type ProductView = z.output<typeof product>
export type CreatedProducts = z.output<typeof createProductsOutput>
export type NewProduct = z.output<typeof newProduct>
export type ListProductsInput = z.output<typeof listProductsInput>
export type UpdateProductInput = z.output<typeof updateProductInput>
