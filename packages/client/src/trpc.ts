import type { TRPCClient } from '@trpc/client'
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server'
import type { Mutation, Query } from './calls.ts'
import type { JumunClient } from './client.ts'
import type { Problem } from './errors.ts'
import type { Procedures } from './procedures.gen.ts'

// An entry point of its own, because tRPC's declarations need those of Node and of ws, which not every project has.

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
 * The same client as tRPC's own type, for tools such as `@trpc/tanstack-react-query`. It keeps its retries, and its errors are
 * `JumunError`s that also have tRPC's `data` and `shape`.
 * @example <TRPCProvider trpcClient={asTRPCClient(jumun)} queryClient={queryClient}>
 */
export function asTRPCClient(jumun: JumunClient): TRPCClient<JumunRouter> {
  return jumun as unknown as TRPCClient<JumunRouter>
}
