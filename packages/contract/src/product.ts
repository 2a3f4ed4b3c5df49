import { z } from 'zod'
import { CREATE_MAX_ITEMS, KEY_MAX_LENGTH, MAX_STOCK, NAME_MAX_LENGTH, SEARCH_MAX_LENGTH } from './limits.ts'
import type { ProcedureGroup } from './procedure.ts'
import {
  actor,
  count,
  givenReason,
  idempotencyKey,
  pageInput,
  pageOf,
  price,
  product,
  productId,
  reason,
  remaining,
  staleInput,
  stock,
  text,
  timestamp,
} from './values.ts'

const REFUSED_WHEN_CHANGED = 'At any other one nothing is changed, and the answer is `PRODUCT_CHANGED`'

const name = text(NAME_MAX_LENGTH).meta({ description: 'Name', example: 'Hallabong tea' })
export const listProductsInput = pageInput
  .extend({
    search: text(SEARCH_MAX_LENGTH)
      .meta({ description: 'Part of the name; upper and lower case are the same', example: 'tea' })
      .optional(),
    ...staleInput,
  })
  .meta({ id: 'ListProductsInput', description: 'Which products to list, and which page.' })
export const productPage = pageOf(product).meta({ id: 'ProductPage', description: 'A page of products.' })
export const productByIdInput = z
  .strictObject({ productId })
  .meta({ id: 'ProductByIdInput', description: 'Which product to read.' })

export const productKey = text(KEY_MAX_LENGTH)

const key = productKey.meta({
  description:
    "The shop's own id of the product, such as a SKU. A product that has this key already is not changed, and no other one is made",
  example: 'TEA-0042',
})

const newProduct = z
  .strictObject({ name, price, stock, key: key.optional() })
  .meta({ id: 'NewProduct', description: 'A product to put up for sale.' })
export const createProductsInput = z
  .strictObject({
    items: z.array(newProduct).min(1).max(CREATE_MAX_ITEMS).meta({ description: 'The products to put up for sale' }),
  })
  .meta({ id: 'CreateProductsInput', description: 'Products to put up for sale.' })
const createdProducts = z
  .object({
    ids: z.array(productId).meta({ description: 'Ids of the products, in the order of the input' }),
    existing: count('How many items made no new product; present when any item has a key', 0).optional(),
  })
  .meta({ id: 'CreatedProducts', description: 'The products that were put up for sale.' })

export const updateProductInput = z
  .strictObject({
    productId,
    name: name.optional(),
    price: price.optional(),
    stockDelta: z.int().min(-MAX_STOCK).max(MAX_STOCK).optional().meta({
      description: 'Added to the stock: positive for a delivery, negative for a loss',
      example: 50,
    }),
    reason: reason.optional(),
    expectedName: name
      .meta({ description: `The name that you have seen. ${REFUSED_WHEN_CHANGED}`, example: 'Hallabong tea' })
      .optional(),
    expectedPrice: price
      .meta({ description: `The price that you have seen, in whole KRW. ${REFUSED_WHEN_CHANGED}`, example: 12_900 })
      .optional(),
    expectedStock: remaining
      .meta({ description: `The stock that you have seen. ${REFUSED_WHEN_CHANGED}`, example: 100 })
      .optional(),
    idempotencyKey: idempotencyKey.optional(),
  })
  .refine(
    ({ name, price, stockDelta }) => name !== undefined || price !== undefined || stockDelta !== undefined,
    'must name at least one of name, price, stockDelta',
  )
  .meta({
    id: 'UpdateProductInput',
    description: 'What to change of a product: at least one of `name`, `price` and `stockDelta`.',
  })

const removeProductInput = z
  .strictObject({ productId })
  .meta({ id: 'RemoveProductInput', description: 'Which product to take off sale.' })
const removedProduct = z
  .object({ id: productId })
  .meta({ id: 'RemovedProduct', description: 'The product that was taken off sale.' })

const stockAdjustment = z
  .object({
    id: z.int().min(1).meta({ description: 'Number of the adjustment; later ones have larger numbers', example: 7 }),
    delta: z.int().meta({ description: 'What was added to the stock; negative where it was taken away', example: 50 }),
    stockAfter: remaining.meta({ description: 'Stock after the adjustment', example: 148 }),
    actor: actor.meta({
      description: 'Member id of the admin who made it; null for the shop itself',
      example: 'operator',
    }),
    reason: givenReason.nullable().meta({ description: 'Why, in the words of who did it; null if none was given' }),
    createdAt: timestamp,
  })
  .meta({ id: 'StockAdjustment', description: 'One change of a stock by an admin.' })

export const listAdjustmentsInput = pageInput
  .extend({ productId })
  .meta({ id: 'ListAdjustmentsInput', description: 'Of which product, and which page.' })
const adjustmentPage = pageOf(stockAdjustment).meta({
  id: 'StockAdjustmentPage',
  description: 'A page of the adjustments of a stock.',
})

export const productProcedures = {
  list: {
    input: listProductsInput,
    output: productPage,
    access: 'anyone',
    method: 'GET',
    path: '/product',
    summary: 'List products',
    description: 'By id, with the stock at the time of reading.',
    returns: 'Products for sale',
    example: { search: 'tea' },
  },
  byId: {
    input: productByIdInput,
    output: product,
    access: 'anyone',
    errors: ['PRODUCT_NOT_FOUND'],
    method: 'GET',
    path: '/product/{productId}',
    summary: 'Read a product',
    returns: 'The product with its stock at the time of reading',
    example: { productId: 1 },
  },
  create: {
    input: createProductsInput,
    output: createdProducts,
    access: 'admin',
    method: 'POST',
    path: '/product',
    status: 201,
    repeatable: 'with-item-keys',
    summary: 'Put products up for sale',
    description:
      'All of them or none. An item whose `key` a product has already, even one off sale, makes no new product and changes ' +
      'nothing: its place in `ids` has the id of that product.',
    returns: 'Ids of the products, in the order of the input',
    example: { items: [{ name: 'Hallabong tea', price: 12_900, stock: 100 }] },
  },
  update: {
    input: updateProductInput,
    output: product,
    access: 'admin',
    errors: ['PRODUCT_NOT_FOUND', 'OUT_OF_STOCK', 'PRODUCT_CHANGED'],
    method: 'PATCH',
    path: '/product/{productId}',
    summary: 'Change name, price or stock',
    description:
      '`stockDelta` is added to the stock: positive for a delivery, negative for a loss. Past orders keep their name and price. ' +
      'With `expectedName`, `expectedPrice` or `expectedStock` it changes only what is as you have seen it.',
    returns: 'The product after the change',
    example: { productId: 1, stockDelta: 50 },
  },
  adjustments: {
    input: listAdjustmentsInput,
    output: adjustmentPage,
    access: 'admin',
    method: 'GET',
    path: '/product/{productId}/adjustments',
    summary: 'List how admins changed a stock',
    description:
      'Each `stockDelta` of `product.update`, with who sent it and why. A product that is off sale keeps them.',
    returns: 'Adjustments, newest first',
    example: { productId: 1 },
  },
  remove: {
    input: removeProductInput,
    output: removedProduct,
    access: 'admin',
    errors: ['PRODUCT_NOT_FOUND'],
    method: 'DELETE',
    path: '/product/{productId}',
    summary: 'Take a product off sale',
    description: 'It is no longer listed, found or ordered; past orders keep it.',
    returns: 'The id of the removed product',
    example: { productId: 1 },
  },
} as const satisfies ProcedureGroup

export type ProductView = z.output<typeof product>
export type StockAdjustmentView = z.output<typeof stockAdjustment>
export type ListAdjustmentsInput = z.output<typeof listAdjustmentsInput>
export type CreatedProducts = z.output<typeof createdProducts>
export type NewProduct = z.output<typeof newProduct>
export type ListProductsInput = z.output<typeof listProductsInput>
export type UpdateProductInput = z.output<typeof updateProductInput>
