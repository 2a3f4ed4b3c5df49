import type { JumunLists } from './lists.ts'
import type { Mutation, Procedures, Query } from './procedures.ts'

/**
 * The typed client: every procedure by its name, and the lists that span pages.
 * @example const jumun: JumunClient = createJumunClient({ url: location.origin })
 */
export interface JumunClient extends Procedures, JumunLists {}

/**
 * What each procedure takes.
 * @example type PlaceOrder = JumunInputs['order']['place']
 */
export type JumunInputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: InputOf<Procedures[Group][Name]> }
}

/**
 * What each procedure answers.
 * @example type History = JumunOutputs['point']['history']
 */
export type JumunOutputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: OutputOf<Procedures[Group][Name]> }
}

type InputOf<Procedure> = Procedure extends Query<infer Input, unknown> | Mutation<infer Input, unknown> ? Input : never

type OutputOf<Procedure> = Procedure extends Query<never, infer Output> | Mutation<never, infer Output> ? Output : never
