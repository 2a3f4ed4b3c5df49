import {
  createProductsInput,
  createProductsOutput,
  listProductsInput,
  product,
  productByIdInput,
  productPage,
  removeProductInput,
  removeProductOutput,
  updateProductInput,
} from '@jumun/contract'
import { createProducts, listProducts, readProduct, removeProduct, updateProduct } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { adminProcedure, publicProcedure } from './procedure.ts'

const tags = ['Products']

export const productProcedures = {
  list: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/product',
        summary: 'List products',
        description: 'By id, with the stock as it is at the time of reading.',
        tags,
        protect: false,
        successDescription: 'Products for sale',
      },
      errors: [],
    })
    .input(listProductsInput)
    .output(productPage)
    .query(({ ctx, input }) => listProducts(ctx.services.em, input)),

  byId: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/product/{productId}',
        summary: 'Read a product',
        tags,
        protect: false,
        successDescription: 'The product with its stock as it is now',
      },
      errors: ['PRODUCT_NOT_FOUND'],
    })
    .input(productByIdInput)
    .output(product)
    .query(({ ctx, input }) => readProduct(ctx.services.em, input.productId)),

  create: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/product',
        summary: 'Put products up for sale',
        description:
          'All of them or none. An item whose `key` a product has already, even one off sale, makes no new product and changes nothing: its place in `ids` has the id of that product.',
        tags,
        protect: true,
        successDescription: 'Ids of the products, in the order of the input',
      },
      errors: ['FORBIDDEN'],
      status: 201,
    })
    .input(createProductsInput)
    .output(createProductsOutput)
    .mutation(({ ctx, input }) => createProducts(ctx.services.em, input.items)),

  update: adminProcedure
    .meta({
      openapi: {
        method: 'PATCH',
        path: '/product/{productId}',
        summary: 'Change name, price or stock',
        description: '`stockDelta` is added to the stock: positive for a delivery, negative for a loss.',
        tags,
        protect: true,
        successDescription: 'The product after the change',
      },
      errors: ['FORBIDDEN', 'PRODUCT_NOT_FOUND', 'OUT_OF_STOCK'],
    })
    .input(updateProductInput)
    .output(product)
    .mutation(({ ctx, input }) => updateProduct(ctx.services.em, input)),

  remove: adminProcedure
    .meta({
      openapi: {
        method: 'DELETE',
        path: '/product/{productId}',
        summary: 'Take a product off sale',
        description: 'It is no longer listed, found or ordered; past orders keep it.',
        tags,
        protect: true,
        successDescription: 'The id of what was removed',
      },
      errors: ['FORBIDDEN', 'PRODUCT_NOT_FOUND'],
    })
    .input(removeProductInput)
    .output(removeProductOutput)
    .mutation(async ({ ctx, input }) => {
      await removeProduct(ctx.services.em, input.productId)
      return { id: input.productId }
    }),
} satisfies TRPCRouterRecord
