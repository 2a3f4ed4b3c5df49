import type { TRPCRouterRecord } from '@trpc/server'
import { adminProcedures, outboxProcedures } from './admin.procedures.ts'
import { cartProcedures } from './cart.procedures.ts'
import { liveProcedures } from './live.procedures.ts'
import { orderProcedures, paymentProcedures } from './order.procedures.ts'
import { pointProcedures } from './point.procedures.ts'
import { popularProcedures } from './popular.procedures.ts'
import { productProcedures } from './product.procedures.ts'

/** Every procedure by group and name. The contract names the same ones; a test compares them. */
export const procedures = {
  point: pointProcedures,
  product: productProcedures,
  order: orderProcedures,
  payment: paymentProcedures,
  cart: cartProcedures,
  popular: popularProcedures,
  live: liveProcedures,
  admin: adminProcedures,
  outbox: outboxProcedures,
} satisfies TRPCRouterRecord

export type Procedures = typeof procedures
export type { ErrorShape } from '../errors/trpc-error.ts'
