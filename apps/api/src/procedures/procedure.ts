import { problems } from '@jumun/contract'
import { type DomainError, inSpan, markSpan } from '@jumun/domain'
import { initTRPC, TRPCError } from '@trpc/server'
import { forbidden, requireCaller } from '../auth/access.ts'
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

/** Counts and times every call, including failed ones. */
const observeCall = t.middleware(async ({ ctx, path, next }) => {
  const started = performance.now()
  let outcome = 'ok'
  let error: DomainError | undefined
  const result = await inSpan(path, {}, async () => {
    const result = await next()
    if (!result.ok) {
      error = toDomainError(result.error)
      outcome = error.code
      markSpan(outcome)
    }
    return result
  })
  ctx.observeCall({ procedure: path, outcome, seconds: (performance.now() - started) / 1000, ...(error && { error }) })
  return result
})

/** Orders wait in the order queue, which shares few connections between all of them, and readers of changes mostly wait. */
const UNBOUNDED = ['order.place', 'live.list', 'live.changes']

/** Counts the call, runs few calls of a caller at once, and gives every error its HTTP status. */
const guardCall = t.middleware(async ({ ctx: { allowance }, path, next }) => {
  const call = () => {
    // Here, so that a waiting call is refused if the calls before it have cost too much.
    allowance.startCall()
    return next()
  }
  try {
    const result = await (UNBOUNDED.includes(path) ? call() : allowance.run(async () => call()))
    if (result.ok) return result
    throw result.error
  } catch (error) {
    throw toTrpcError(error)
  }
})

function toTrpcError(error: unknown): TRPCError {
  const domainError = toDomainError(error)
  const code = trpcCodeOf(problems[domainError.code].status)
  const cause = domainError.code === 'INTERNAL' ? error : domainError
  return new TRPCError({ code, message: domainError.message, cause })
}

/** Needs no token. */
export const publicProcedure = t.procedure.use(observeCall).use(guardCall)

/** Needs a token. Whose data the caller may use is checked after the input is parsed: see contract-procedure.ts. */
export const memberProcedure = publicProcedure.use(({ ctx, next }) =>
  next({ ctx: { caller: requireCaller(ctx.caller) } }),
)

/** Needs an admin's token. */
export const adminProcedure = memberProcedure.use(({ ctx, next }) => {
  if (ctx.caller.role !== 'admin') throw forbidden()
  return next()
})
