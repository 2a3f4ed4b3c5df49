import { Cart } from '../cart/cart.ts'
import { CartItem } from '../cart/cart-item.ts'
import { IdempotencyRecord } from '../idempotency/idempotency-record.ts'
import { Order } from '../order/order.ts'
import { OrderLine } from '../order/order-line.ts'
import { PointAccount } from '../point/point-account.ts'
import { PointEntry } from '../point/point-entry.ts'
import { PopularHour } from '../popular/popular-hour.ts'
import { PopularState } from '../popular/popular-state.ts'
import { Product } from '../product/product.ts'
import { ProductStock } from '../product/product-stock.ts'

/** Every entity of the domain. */
export const entities = [
  PointAccount,
  PointEntry,
  Product,
  ProductStock,
  Order,
  OrderLine,
  Cart,
  CartItem,
  IdempotencyRecord,
  PopularHour,
  PopularState,
]
