import type { TRPCClient } from '@trpc/client'
import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure } from '@trpc/server'
import type { JumunClient, Mutation, Problem, Procedures, Query } from './index.ts'

// Apart from the rest, because tRPC's declarations want those of Node and of ws, which not every project has.

// What tRPC answers of an error.
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
 * The API's router, for tools of the tRPC ecosystem that want it as a type.
 * @example const { TRPCProvider, useTRPC } = createTRPCContext<JumunRouter>()
 */
export type JumunRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  { [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: ProcedureOf<Procedures[Group][Name]> } }
>

/**
 * The client as what it is beneath: one of tRPC, such as `@trpc/tanstack-react-query` takes, with retries and `JumunError`s as ever.
 * @example <TRPCProvider trpcClient={asTRPCClient(jumun)} queryClient={queryClient}>
 */
export function asTRPCClient(jumun: JumunClient): TRPCClient<JumunRouter> {
  return jumun as unknown as TRPCClient<JumunRouter>
}
