import { cartProcedures } from './cart.ts'
import { adminProcedures, outboxProcedures } from './delivery.ts'
import { liveProcedures } from './live.ts'
import { operationsProcedures } from './operations.ts'
import { operatorListProcedures } from './operator-lists.ts'
import { orderProcedures, paymentProcedures } from './order.ts'
import { pointProcedures } from './point.ts'
import { popularProcedures } from './popular.ts'
import type { Procedure, ProcedureGroup } from './procedure.ts'
import { productProcedures } from './product.ts'

/** Every procedure by group and name. */
export const contract = {
  point: pointProcedures,
  product: productProcedures,
  order: orderProcedures,
  payment: paymentProcedures,
  cart: cartProcedures,
  popular: popularProcedures,
  live: liveProcedures,
  admin: { ...operatorListProcedures, ...adminProcedures, ...operationsProcedures },
  outbox: outboxProcedures,
} as const satisfies Record<string, ProcedureGroup>

export type Contract = typeof contract

/** Name of a procedure, such as `order.place`. */
export type ProcedureName = {
  [Group in keyof Contract & string]: `${Group}.${keyof Contract[Group] & string}`
}[keyof Contract & string]

/** Every procedure by its whole name. */
export const procedures = Object.fromEntries(
  Object.entries<ProcedureGroup>(contract).flatMap(([group, members]) =>
    Object.entries(members).map(([name, procedure]) => [`${group}.${name}`, procedure]),
  ),
) as Record<ProcedureName, Procedure>

/** The chapters of the documents: which groups belong to each, and what they are about. */
export const chapters = [
  { name: 'Orders', groups: ['order', 'payment'], description: 'Placing, paying, cancelling and reading orders' },
  { name: 'Cart', groups: ['cart'], description: 'What a member intends to buy; a cart reserves nothing' },
  { name: 'Points', groups: ['point'], description: "Members' prepaid points and the ledger of every change" },
  { name: 'Products', groups: ['product', 'popular'], description: 'What is for sale, with its current stock' },
  { name: 'Changes', groups: ['live'], description: 'One feed of every change, in order, which can be followed' },
  { name: 'Operations', groups: ['admin', 'outbox'], description: 'What operators look at and repair' },
] as const satisfies { name: string; groups: (keyof Contract)[]; description: string }[]
