import { popularProductsInput, popularProductsOutput } from '@jumun/contract'
import { readPopular } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { publicProcedure } from './procedure.ts'

export const popularProcedures = {
  products: publicProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/popular/product',
        summary: 'List the most sold products',
        description:
          'By the quantities in orders that were paid from `from` on and before `to`, which is now, and are not cancelled. Products taken off sale are left out.',
        tags: ['Products'],
        protect: false,
        successDescription: 'The most sold products, most first',
      },
      errors: [],
    })
    .input(popularProductsInput)
    .output(popularProductsOutput)
    .query(({ ctx: { services }, input }) => readPopular(services.em, services.popular, input)),
} satisfies TRPCRouterRecord
