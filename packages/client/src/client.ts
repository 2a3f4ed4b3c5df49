import type { JumunLists } from './lists.ts'
import type { Mutation, Procedures, Query } from './procedures.ts'

/**
 * The typed client: every procedure by its name, ending in `query` or `mutate`, and the lists that span pages.
 *
 * @example
 * const { balance } = await jumun.point.charge.mutate({ memberId: 'mina', amount: 10_000 })
 */
export interface JumunClient extends Procedures, JumunLists {}

/** What each procedure takes, such as `JumunInputs['order']['place']`. */
export type JumunInputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: InputOf<Procedures[Group][Name]> }
}

/** What each procedure answers, such as `JumunOutputs['point']['history']`. */
export type JumunOutputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: OutputOf<Procedures[Group][Name]> }
}

type InputOf<Procedure> = Procedure extends Query<infer Input, unknown> | Mutation<infer Input, unknown> ? Input : never

type OutputOf<Procedure> = Procedure extends Query<never, infer Output> | Mutation<never, infer Output> ? Output : never
