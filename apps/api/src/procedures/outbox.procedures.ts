import { contract } from '@jumun/contract'
import { listOutbox, replayEvents } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { procedure } from './contract-procedure.ts'

export const outboxProcedures = {
  list: procedure(contract.outbox.list).query(({ ctx, input }) => listOutbox(ctx.services.em, input)),

  replay: procedure(contract.outbox.replay).mutation(async ({ ctx, input }) => ({
    replayed: await replayEvents(ctx.services.outbox, input.ids),
  })),
} satisfies TRPCRouterRecord
