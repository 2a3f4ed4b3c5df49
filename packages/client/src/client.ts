import type { Mutation, Query } from './calls.ts'
import type { JumunLists } from './lists.ts'
import type { JumunChanges } from './live/changes.ts'
import type { Procedures } from './procedures.gen.ts'

/**
 * The typed client: every procedure by its name, lists that read all pages, and the feed of changes.
 * @example const jumun: JumunClient = createJumunClient({ url: location.origin })
 */
export interface JumunClient extends Procedures, JumunLists, JumunChanges {}

/**
 * The input of each procedure.
 * @example type PlaceOrder = JumunInputs['order']['place']
 */
export type JumunInputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: InputOf<Procedures[Group][Name]> }
}

/**
 * The output of each procedure.
 * @example type History = JumunOutputs['point']['history']
 */
export type JumunOutputs = {
  [Group in keyof Procedures]: { [Name in keyof Procedures[Group]]: OutputOf<Procedures[Group][Name]> }
}

type InputOf<Procedure> = Procedure extends Query<infer Input, unknown> | Mutation<infer Input, unknown> ? Input : never

type OutputOf<Procedure> = Procedure extends Query<never, infer Output> | Mutation<never, infer Output> ? Output : never
