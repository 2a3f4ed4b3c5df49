import { Cart } from '../cart/cart.entity.ts'
import { CartItem } from '../cart/cart-item.entity.ts'
import { UndeliveredEvent } from '../delivery/undelivered-event.entity.ts'
import { ChangeRecord } from '../feed/change-record.entity.ts'
import { FeedConsumer } from '../feed/feed-consumer.entity.ts'
import { FeedTick } from '../feed/feed-tick.entity.ts'
import { IdempotencyRecord } from '../idempotency/idempotency-record.entity.ts'
import { Order } from '../order/order.entity.ts'
import { OrderLine } from '../order/order-line.entity.ts'
import { PointAccount } from '../point/point-account.entity.ts'
import { PointEntry } from '../point/point-entry.entity.ts'
import { PopularHour } from '../popular/popular-hour.entity.ts'
import { PopularState } from '../popular/popular-state.entity.ts'
import { ApiProcess } from '../process/api-process.entity.ts'
import { Product } from '../product/product.entity.ts'
import { ProductStock } from '../product/product-stock.entity.ts'
import { StockAdjustment } from '../product/stock-adjustment.entity.ts'
import { SignInCode } from '../sign-in/sign-in-code.entity.ts'

/** Every entity of the domain. */
export const entities = [
  PointAccount,
  PointEntry,
  Product,
  ProductStock,
  StockAdjustment,
  Order,
  OrderLine,
  Cart,
  CartItem,
  IdempotencyRecord,
  PopularHour,
  PopularState,
  ChangeRecord,
  FeedTick,
  FeedConsumer,
  UndeliveredEvent,
  ApiProcess,
  SignInCode,
]
