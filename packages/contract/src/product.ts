import { z } from 'zod'
import type { ProcedureGroup } from './procedure.ts'
import {
  amount,
  count,
  currentProduct,
  MAX_STOCK,
  pageInput,
  pageOf,
  productId,
  remaining,
  stock,
  text,
} from './values.ts'

const NAME_MAX_LENGTH = 200
const KEY_MAX_LENGTH = 64
const SEARCH_MAX_LENGTH = 100
const CREATE_MAX_ITEMS = 1_000

const name = text(NAME_MAX_LENGTH).meta({ description: 'Name', example: 'Hallabong tea' })
const price = amount.meta({ description: 'Price of one, in whole KRW', example: 12_900 })

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

export const listProductsInput = pageInput
  .extend({
    search: text(SEARCH_MAX_LENGTH)
      .meta({ description: 'Part of the name; upper and lower case are the same', example: 'tea' })
      .optional(),
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
    errors: ['PRODUCT_NOT_FOUND', 'OUT_OF_STOCK'],
    method: 'PATCH',
    path: '/product/{productId}',
    summary: 'Change name, price or stock',
    description:
      '`stockDelta` is added to the stock: positive for a delivery, negative for a loss. Past orders keep their name and price.',
    returns: 'The product after the change',
    example: { productId: 1, stockDelta: 50 },
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
export type CreatedProducts = z.output<typeof createdProducts>
export type NewProduct = z.output<typeof newProduct>
export type ListProductsInput = z.output<typeof listProductsInput>
export type UpdateProductInput = z.output<typeof updateProductInput>
