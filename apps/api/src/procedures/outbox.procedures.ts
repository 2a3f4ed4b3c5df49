import { listOutboxInput, outboxPage, replayEventsInput, replayEventsOutput } from '@jumun/contract'
import { listOutbox, replayEvents } from '@jumun/domain'
import type { TRPCRouterRecord } from '@trpc/server'
import { adminProcedure } from './procedure.ts'

const tags = ['Operations']

export const outboxProcedures = {
  list: adminProcedure
    .meta({
      openapi: {
        method: 'GET',
        path: '/admin/outbox',
        summary: 'List events that the data platform has not taken',
        tags,
        protect: true,
        successDescription: 'Events, the oldest first',
      },
      errors: ['FORBIDDEN'],
    })
    .input(listOutboxInput)
    .output(outboxPage)
    .query(({ ctx, input }) => listOutbox(ctx.services.em, input)),

  replay: adminProcedure
    .meta({
      openapi: {
        method: 'POST',
        path: '/admin/outbox/replay',
        summary: 'Send dead letters again',
        description:
          'Each waits again, with the id by which the data platform knows it. Safe to repeat: what is no dead letter, or no more, ' +
          'is left alone.',
        tags,
        protect: true,
        successDescription: 'How many were dead letters',
      },
      errors: ['FORBIDDEN'],
    })
    .input(replayEventsInput)
    .output(replayEventsOutput)
    .mutation(async ({ ctx, input }) => {
      const replayed = await replayEvents(ctx.services.outbox, input.ids)
      return { replayed }
    }),
} satisfies TRPCRouterRecord
