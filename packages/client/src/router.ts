import type { TRPCClient } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs, TRPCBuiltRouter } from '@trpc/server'
import type { JumunLists } from './lists.ts'
import type { Problem } from './problems.ts'
import type { Procedures } from './procedures.ts'

/** What tRPC answers of an error. */
interface ErrorShape {
  message: string
  code: number
  data: { code: string; httpStatus: number; problem: Problem }
}

/**
 * The API's router, as far as a caller can see it. For tools of the tRPC ecosystem that want it as a type.
 *
 * @example
 * const { TRPCProvider, useTRPC } = createTRPCContext<JumunRouter>()
 */
export type JumunRouter = TRPCBuiltRouter<
  { ctx: object; meta: object; errorShape: ErrorShape; transformer: false },
  { [Group in keyof Procedures]: Procedures[Group] }
>

/**
 * The typed client: every procedure by its name, ending in `query` or `mutate`, and the lists that span pages. It is a tRPC
 * client, so that what takes one, such as `@trpc/tanstack-react-query`, takes this one, with its retries and errors.
 *
 * @example
 * const { items } = await jumun.product.list.query({ search: 'tea' })
 * const { balance } = await jumun.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
 * for await (const order of jumun.orders({ memberId: 'mina' })) console.log(order.id, order.total)
 */
export type JumunClient = TRPCClient<JumunRouter> & JumunLists

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
