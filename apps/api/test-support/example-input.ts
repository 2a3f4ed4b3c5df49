import { type ProcedureName, procedures } from '@jumun/contract'

export type { ProcedureName }

/** Ids of the member, product, order and event that an input refers to. */
export interface Ids {
  memberId: string
  productId: number
  orderId: string
  eventId: string
}

/** A procedure that answers once. */
export type CalledName = Exclude<ProcedureName, 'live.changes'>

/** Subscriptions have tests of their own, in live/. */
export const procedureNames = Object.keys(procedures).filter(
  (name) => !procedures[name as ProcedureName].stream,
) as CalledName[]

/** Those that cannot answer without the database and the services: all but the figures, which are in memory. */
export const servedNames = procedureNames.filter((name) => name !== 'admin.pulse')

/** The contract's example of an input, with these ids instead of its own. */
export function exampleInput(name: ProcedureName, ids: Ids): Record<string, unknown> {
  return JSON.parse(JSON.stringify(procedures[name].example), (field, value) =>
    Object.hasOwn(ids, field) ? ids[field as keyof Ids] : value,
  )
}

/** The role with the fewest rights that may call a procedure. */
export function requiredRole(name: ProcedureName): 'admin' | 'member' {
  return procedures[name].access === 'admin' ? 'admin' : 'member'
}
