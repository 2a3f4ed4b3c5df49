import type { ErrorShape, Procedures } from '@jumun/api/procedures'
import type { TRPCClient } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs, TRPCBuiltRouter } from '@trpc/server'

/** The API's router, as far as a caller can see it. For tools of the tRPC ecosystem that want it as a type. */
export type JumunRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  Procedures
>

/**
 * The typed client: every procedure by its name, ending in `query` or `mutate`. It is a tRPC client, so that what takes
 * one, such as `@trpc/tanstack-react-query`, takes this one, with its retries and errors.
 *
 * @example
 * const { items } = await jumun.product.list.query({ search: 'tea' })
 * const { balance } = await jumun.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
 */
export type JumunClient = TRPCClient<JumunRouter>

/**
 * What each procedure takes.
 *
 * @example
 * function order(input: JumunInputs['order']['place']) {}
 */
export type JumunInputs = inferRouterInputs<JumunRouter>

/**
 * What each procedure answers.
 *
 * @example
 * function show(page: JumunOutputs['point']['history']) {}
 */
export type JumunOutputs = inferRouterOutputs<JumunRouter>
