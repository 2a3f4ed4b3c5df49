import { type Problem, problems } from '@jumun/contract'
import { DomainError } from '@jumun/domain'
import { initTRPC, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { Caller } from '../auth/tokens.ts'
import { toProblem } from '../errors/problem.ts'
import { toDomainError } from '../errors/to-domain-error.ts'
import type { Context } from './context.ts'

/** The error that tRPC sends: the problem, without its cause. */
export interface ErrorShape {
  message: string
  code: number
  data: { code: TRPCError['code']; httpStatus: number; problem: Problem }
}

const requestIds = new WeakMap<TRPCError, string>()

/** Stores the id of the failed request for the error formatter, which may run before a context exists. */
export function setRequestId(error: TRPCError, requestId: string): void {
  requestIds.set(error, requestId)
}

/**
 * Puts a problem into tRPC's shape.
 *
 * @param jsonRpcCode negative (https://www.jsonrpc.org/specification#error_object)
 */
export function toErrorShape(problem: Problem, jsonRpcCode: number): ErrorShape {
  const code = trpcCodeOf(problem.status)
  return { message: problem.detail, code: jsonRpcCode, data: { code, httpStatus: problem.status, problem } }
}

/** tRPC's own codes by HTTP status. */
const trpcCodes = new Map(
  (Object.keys(TRPC_ERROR_CODES_BY_KEY) as TRPCError['code'][]).map((code) => [
    getHTTPStatusCodeFromError(new TRPCError({ code })),
    code,
  ]),
)

function trpcCodeOf(status: number): TRPCError['code'] {
  return trpcCodes.get(status) ?? 'INTERNAL_SERVER_ERROR'
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
  const result = await next()
  const outcome = result.ok ? 'ok' : toDomainError(result.error).code
  ctx.observeCall({ procedure: path, outcome, seconds: (performance.now() - started) / 1000 })
  return result
})

/** Orders wait in the order queue, which shares few connections between all of them. */
const QUEUED = 'order.place'

/** Counts the call, runs few calls of a caller at once, and gives every error its HTTP status. */
const guardCall = t.middleware(async ({ ctx: { allowance }, path, next }) => {
  const call = () => {
    // Here, so that a waiting call is refused if the calls before it have cost too much.
    allowance.startCall()
    return next()
  }
  try {
    const result = await (path === QUEUED ? call() : allowance.run(async () => call()))
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

/** Throws `FORBIDDEN` unless the caller is this member or an admin. */
export function requireMember(caller: Caller, memberId: string): void {
  if (!mayActFor(caller, memberId)) throw forbidden()
}

/** Whether the caller is this member or an admin. */
export function mayActFor(caller: Caller, memberId: string): boolean {
  return caller.role === 'admin' || caller.memberId === memberId
}

export function forbidden(): DomainError<'FORBIDDEN'> {
  return new DomainError('FORBIDDEN', 'This token does not allow that.', {})
}

/** Throws `UNAUTHENTICATED` without a caller. */
export function requireCaller(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new DomainError('UNAUTHENTICATED', 'A token is needed: Authorization: Bearer …', {})
  return caller
}
