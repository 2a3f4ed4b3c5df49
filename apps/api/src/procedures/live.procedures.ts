import { contract } from '@jumun/contract'
import type { TRPCRouterRecord } from '@trpc/server'
import { ChangeStream } from '../live/change-stream.ts'
import { readPast, toPage, waitForChanges } from '../live/list-changes.ts'
import { filterFor } from '../live/topics.ts'
import { procedure, subscription } from './contract-procedure.ts'

export const liveProcedures = {
  list: procedure(contract.live.list).query(async ({ ctx, input }) => {
    const { limit, wait } = input
    const { live } = ctx.services
    const filter = filterFor(ctx.caller, input.topics)
    // Only the reads run in the allowance: a call that waits for changes must not hold up the caller's other calls.
    const found = await ctx.allowance.run(() => readPast(live, { ...input, filter }))
    if (wait === 0) return toPage(found, limit)
    const release = ctx.takeStream()
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(wait * 1_000), ctx.disconnected()])
      return toPage(await waitForChanges(live, found, { filter, signal }), limit)
    } finally {
      release()
    }
  }),

  changes: subscription(contract.live.changes).subscription(async ({ ctx, input, signal }) => {
    const { live: hub } = ctx.services
    const filter = filterFor(ctx.caller, input.topics)
    const release = ctx.takeStream()
    try {
      const start = await ctx.allowance.run(() => hub.open(input.lastEventId || input.after))
      return new ChangeStream({ hub, filter, start, expiresAt: ctx.caller?.expiresAt, signal, release })
    } catch (error) {
      release()
      throw error
    }
  }),
} satisfies TRPCRouterRecord
