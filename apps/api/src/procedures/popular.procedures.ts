import { contract } from '@jumun/contract'
import { readPopular } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'
import { withAge } from './read-stale.ts'

/** A ranking of days changes little in seconds. */
const MAX_AGE_SECONDS = 10

export const popularProcedures = {
  products: procedure(contract.popular.products).query(async ({ ctx, input }) => {
    const { reads, popular, replica } = ctx.services
    const primary = () => readPopular(reads, popular, input)
    if (!replica) return primary()
    const from = { primary, replica: () => readPopular(replica.em, replica.popular, input) }
    return withAge(ctx, await replica.read(MAX_AGE_SECONDS, from))
  }),
} satisfies TRPCRouterRecord
