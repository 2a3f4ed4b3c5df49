import { problems } from '@jumun/contract'
import { type DomainError, inSpan, markSpan } from '@jumun/domain'
import { initTRPC, TRPCError } from '@trpc/server'
import { forbidden, requireCaller } from '../auth/access.ts'
import type { Caller } from '../auth/tokens.ts'
import { toProblem } from '../errors/problem.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import { toErrorShape, trpcCodeOf } from '../errors/trpc-error.ts'
import type { Context } from './context.ts'

const requestIds = new WeakMap<TRPCError, string>()

/** Stores the id of the failed request for the error formatter, which may run before a context exists. */
export function setRequestId(error: TRPCError, requestId: string): void {
  requestIds.set(error, requestId)
}

const t = initTRPC.context<Context>().create({
  isDev: false,
  errorFormatter: ({ shape, error }) =>
    toErrorShape(toProblem(toDomainError(error), requestIds.get(error) ?? ''), shape.code),
})

export const { router } = t

/** Orders wait in the order queue, which shares few connections between all of them, and readers of changes mostly wait. */
const UNBOUNDED = ['order.place', 'live.list', 'live.changes']

/**
 * Counts and times every call, runs few calls of a caller at once, and gives every error its HTTP status. One middleware for all of it,
 * because tRPC copies its options four times for each.
 *
 * @param callerOf what the call knows of its caller; throws where the caller may not make it
 */
function guardCall<Known extends object>(callerOf: (ctx: Context) => Known) {
  return t.middleware(async ({ ctx, path, next }) => {
    const { allowance } = ctx
    const started = performance.now()
    const call = async () => {
      // Here, so that a waiting call is refused if the calls before it have cost too much.
      allowance.startCall()
      return next({ ctx: callerOf(ctx) })
    }
    const end = await inSpan(path, {}, async () => {
      try {
        const result = await (UNBOUNDED.includes(path) ? call() : allowance.run(call))
        if (!result.ok) throw result.error
        return { result }
      } catch (cause) {
        const error = toDomainError(cause)
        markSpan(error.code)
        return { error, cause }
      }
    })
    const seconds = (performance.now() - started) / 1000
    const { error } = end
    ctx.observeCall({ procedure: path, outcome: error?.code ?? 'ok', seconds, ...(error && { error }) })
    if (end.error) throw toTrpcError(end.error, end.cause)
    return end.result
  })
}

function toTrpcError(domainError: DomainError, error: unknown): TRPCError {
  const code = trpcCodeOf(problems[domainError.code].status)
  const cause = domainError.code === 'INTERNAL' ? error : domainError
  return new TRPCError({ code, message: domainError.message, cause })
}

/** Needs no token. */
export const publicProcedure = t.procedure.use(guardCall(() => ({})))

/** Needs a token. Whose data the caller may use is checked after the input is parsed: see contract-procedure.ts. */
export const memberProcedure = t.procedure.use(guardCall(({ caller }) => ({ caller: requireCaller(caller) })))

/** Needs an admin's token. */
export const adminProcedure = t.procedure.use(guardCall(({ caller }) => ({ caller: requireAdmin(caller) })))

function requireAdmin(given: Context['caller']): Caller {
  const caller = requireCaller(given)
  if (caller.role !== 'admin') throw forbidden()
  return caller
}
