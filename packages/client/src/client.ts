import type { JumunLists } from './lists.ts'
import type { Mutation, Procedures, Query } from './procedures.ts'

/**
 * The typed client: every procedure by its name, ending in `query` or `mutate`, and the lists that span pages.
 *
 * @example
 * const { items } = await jumun.product.list.query({ search: 'tea' })
 * const { balance } = await jumun.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
 * for await (const order of jumun.orders({ memberId: 'mina' })) console.log(order.id, order.total)
 */
export interface JumunClient extends Procedures, JumunLists {}

/**
 * What each procedure takes.
 *
 * @example
 * function order(input: JumunInputs['order']['place']) {}
 */
export type JumunInputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: InputOf<Procedures[Group][Name]> }
}

/**
 * What each procedure answers.
 *
 * @example
 * function show(page: JumunOutputs['point']['history']) {}
 */
export type JumunOutputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: OutputOf<Procedures[Group][Name]> }
}

type InputOf<Procedure> = Procedure extends Query<infer Input, unknown> | Mutation<infer Input, unknown> ? Input : never

type OutputOf<Procedure> =
  Procedure extends Query<never, infer Output>
    ? Output
    : Procedure extends Mutation<never, infer Output>
      ? Output
      : never
