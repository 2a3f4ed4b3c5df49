export type {
  Cart,
  NewProduct,
  Order,
  OrderItem,
  OrderStatus,
  PointBalance,
  PointEntryKind,
  PointEntryView as PointEntry,
  PopularProduct,
  ProblemCode,
  Product,
  Shortage,
} from '@jumun/domain/contract'
export { createJumunClient, type JumunClientOptions } from './create-jumun-client.ts'
export type { Fetch } from './fetch-json.ts'
export type { Token } from './http-link.ts'
export { isJumunError, JumunError, type JumunErrorCode, type JumunErrorDetails } from './jumun-error.ts'
export type { JumunClient, JumunInputs, JumunOutputs, JumunRouter } from './router.ts'
