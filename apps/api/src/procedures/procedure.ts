import { type Problem, problems } from '@jumun/contract'
import { DomainError } from '@jumun/domain'
import { initTRPC, TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'
import type { Caller } from '../auth/tokens.ts'
import { toProblem } from '../errors/problem.ts'
import { toRefusal } from '../errors/to-domain-error.ts'
import type { Context } from './context.ts'

/** What tRPC answers of an error: the problem, and nothing of its cause. */
export interface ErrorShape {
  message: string
  code: number
  data: { code: TRPCError['code']; httpStatus: number; problem: Problem }
}

const requestIds = new WeakMap<TRPCError, string>()

/** Remembers which request failed so: the formatter below is told the error only, and may be called before a context exists. */
export function rememberRequest(error: TRPCError, requestId: string): void {
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
    toErrorShape(toProblem(toRefusal(error), requestIds.get(error) ?? ''), shape.code),
})

export const { router } = t

/** Counts and times every call, refused ones too. */
const observing = t.middleware(async ({ ctx, path, next }) => {
  const started = performance.now()
  const result = await next()
  const outcome = result.ok ? 'ok' : toRefusal(result.error).code
  ctx.observeCall({ procedure: path, outcome, seconds: (performance.now() - started) / 1000 })
  return result
})

/** Gives every refusal its HTTP status, here and nowhere else. */
const refusing = t.middleware(async ({ ctx, next }) => {
  const { caller, address, setHeader } = ctx
  const counted = caller instanceof DomainError ? undefined : caller
  await ctx.limitRate({ caller: counted, address, setHeader }).catch((error) => {
    throw toTrpcError(error)
  })
  if (caller instanceof DomainError) throw toTrpcError(caller)
  const result = await next({ ctx: { caller } })
  if (result.ok) return result
  throw toTrpcError(result.error)
})

function toTrpcError(error: unknown): TRPCError {
  const refusal = toRefusal(error)
  const code = trpcCodeOf(problems[refusal.code].status)
  return new TRPCError({ code, message: refusal.message, cause: refusal.code === 'INTERNAL' ? error : refusal })
}

/** Anyone may call it. */
export const publicProcedure = t.procedure.use(observing).use(refusing)

/** Needs a token. What the caller may see and touch is the procedure's to check, with `requireMember`. */
export const memberProcedure = publicProcedure.use(({ ctx, next }) => next({ ctx: { caller: known(ctx.caller) } }))

/** Needs an admin's token. */
export const adminProcedure = memberProcedure.use(({ ctx, next }) => {
  if (ctx.caller.role !== 'admin') throw forbidden()
  return next()
})

/** Lets the member itself and admins pass. Throws `FORBIDDEN`. */
export function requireMember(caller: Caller, memberId: string): void {
  if (!mayActFor(caller, memberId)) throw forbidden()
}

/** Whether this caller may see and touch what belongs to the member. */
export function mayActFor(caller: Caller, memberId: string): boolean {
  return caller.role === 'admin' || caller.memberId === memberId
}

/** The refusal of a caller who is known and not allowed. */
export function forbidden(): DomainError<'FORBIDDEN'> {
  return new DomainError('FORBIDDEN', 'This token does not allow that.', {})
}

function known(caller: Caller | undefined): Caller {
  if (caller === undefined) throw new DomainError('UNAUTHENTICATED', 'A token is needed: Authorization: Bearer …', {})
  return caller
}
