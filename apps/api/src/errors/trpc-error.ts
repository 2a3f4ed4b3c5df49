import type { Problem } from '@jumun/contract'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc'

/** The error that tRPC sends: the problem, without its cause. */
export interface ErrorShape {
  message: string
  code: number
  data: { code: TRPCError['code']; httpStatus: number; problem: Problem }
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

/** tRPC's code of an HTTP status. */
export function trpcCodeOf(status: number): TRPCError['code'] {
  return trpcCodes.get(status) ?? 'INTERNAL_SERVER_ERROR'
}
