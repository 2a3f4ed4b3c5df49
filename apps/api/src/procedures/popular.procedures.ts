import { contract } from '@jumun/contract'
import { readPopular } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'

export const popularProcedures = {
  products: procedure(contract.popular.products).query(({ ctx: { services }, input }) =>
    readPopular(services.reads, services.popular, input),
  ),
} satisfies TRPCRouterRecord
