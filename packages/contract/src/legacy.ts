import type { CartView } from './cart.ts'
import type { OrderView } from './order.ts'
import type { ProductView } from './product.ts'
export type Order = OrderView
export type Cart = CartView
export type Product = ProductView
