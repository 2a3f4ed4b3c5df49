import type { TRPCClient } from '@trpc/client'
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server'
import type { Mutation, Query } from './calls.ts'
import type { JumunClient } from './client.ts'
import type { Problem } from './errors.ts'
import type { Procedures } from './procedures.gen.ts'

// A separate entry point, because tRPC's declarations import those of Node and ws, which some projects do not have.

interface ErrorShape {
  message: string
  code: number
  data: { code: string; httpStatus: number; problem: Problem }
}

type ProcedureOf<Procedure> =
  Procedure extends Query<infer Input, infer Output>
    ? TRPCQueryProcedure<{ input: Input; output: Output; meta: unknown }>
    : Procedure extends Mutation<infer Input, infer Output>
      ? TRPCMutationProcedure<{ input: Input; output: Output; meta: unknown }>
      : never

/**
 * The type of the API's router, for tools of the tRPC ecosystem.
 * @example const { TRPCProvider, useTRPC } = createTRPCContext<JumunRouter>()
 */
export type JumunRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  { [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: ProcedureOf<Procedures[Group][Name]> } }
>

/**
 * Returns the same client with tRPC's type, for tools such as `@trpc/tanstack-react-query`. Calls are retried in the same way. Errors
 * are `JumunError`s that also have tRPC's `data` and `shape`.
 * @example <TRPCProvider trpcClient={asTRPCClient(jumun)} queryClient={queryClient}>
 */
export function asTRPCClient(jumun: JumunClient): TRPCClient<JumunRouter> {
  return jumun as unknown as TRPCClient<JumunRouter>
}
