import type { MemberInput, ProductIdInput } from './names.ts'

/**
 * Where an order stands. Only `PENDING_PAYMENT` changes by itself: it expires.
 * @example const isOpen = (status: OrderStatus) => status === 'PENDING_PAYMENT'
 */
export type OrderStatus = 'PENDING_PAYMENT' | 'PAID' | 'CANCELLED' | 'EXPIRED'

/**
 * A product and how many of it.
 * @example const items: Quantity[] = [{ productId: 1, quantity: 2 }]
 */
export interface Quantity extends ProductIdInput {
  /** How many, 1 to 1,000. */
  quantity: number
}

/**
 * One product of an order, as it was when it was ordered.
 * @example const line = ({ quantity, name }: OrderItem) => `${quantity} × ${name}`
 */
export interface OrderItem extends Quantity {
  /** Its name then. */
  name: string
  /** Price of one then, in whole KRW. */
  unitPrice: number
  /** `unitPrice` × `quantity`, in whole KRW. */
  amount: number
}

/**
 * An order. Times are ISO 8601 in UTC.
 * @example const isPaid = ({ paidAt }: Order) => paidAt !== null
 */
export interface Order extends MemberInput {
  /** Order id (UUIDv7). */
  id: string
  /** Where it stands. */
  status: OrderStatus
  /** One for each product. */
  items: OrderItem[]
  /** Sum of the amounts, in whole KRW. */
  total: number
  /** When it was placed. */
  createdAt: string
  /** When it was paid; null if it was not. */
  paidAt: string | null
  /** Until when an unpaid order holds its stock; null if it was paid at once. */
  expiresAt: string | null
  /** When it was cancelled; null if it was not. */
  cancelledAt: string | null
}

interface ForSale {
  /** Name, 1 to 200 characters. */
  name: string
  /** Price of one, in whole KRW: 1 to 1,000,000,000. */
  price: number
  /** How many are left, exact at the time of reading; of a new product 0 to 1,000,000,000. */
  stock: number
}

/**
 * A product for sale.
 * @example const isLeft = ({ stock }: Product) => stock > 0
 */
export interface Product extends ForSale {
  /** Product id, 1 or more. */
  id: number
}

/**
 * A product that is put up for sale.
 * @example const tea: NewProduct = { name: 'Tea', price: 12_900, stock: 100, key: 'tea-1' }
 */
export interface NewProduct extends ForSale {
  /** The shop's own id of it, such as a SKU, 1 to 64 characters. A product that has it already stays as it is. */
  key?: string | undefined
}

/**
 * What came of products that were put up for sale.
 * @example const first = ({ ids }: CreatedProducts) => ids[0]
 */
export interface CreatedProducts {
  /** Ids of the products, in the order of the input. */
  ids: number[]
  /** How many of the items made no new product; there when any item has a key. */
  existing?: number
}

/**
 * A member's points.
 * @example const isRich = ({ balance }: PointBalance) => balance > 1_000_000
 */
export interface PointBalance extends MemberInput {
  /** Points, in whole KRW; 0 for a member who was never charged. */
  balance: number
}

/**
 * Why a balance changed: `CHARGE` and `REFUND` add, `USE` and `PAYMENT` take away.
 * @example const gains: PointEntryKind[] = ['CHARGE', 'REFUND']
 */
export type PointEntryKind = 'CHARGE' | 'USE' | 'PAYMENT' | 'REFUND'

/**
 * One change of a balance.
 * @example const isGain = ({ amount }: PointEntry) => amount > 0
 */
export interface PointEntry {
  /** Entry number, growing with time. */
  id: number
  /** Why the balance changed. */
  kind: PointEntryKind
  /** The change, in whole KRW: negative if points were taken away. */
  amount: number
  /** The balance after it, in whole KRW. */
  balanceAfter: number
  /** The order that was paid or refunded; null for charges and uses. */
  orderId: string | null
  /** When it happened, ISO 8601 in UTC. */
  createdAt: string
}

/**
 * One product in a cart, with its price and stock as they are now.
 * @example const isShort = ({ quantity, stock }: CartItem) => quantity > stock
 */
export interface CartItem extends Quantity, ForSale {
  /** `price` × `quantity`, in whole KRW. */
  amount: number
}

/**
 * A member's cart. It reserves nothing.
 * @example const isEmpty = ({ items }: Cart) => items.length === 0
 */
export interface Cart extends MemberInput {
  /** One for each product. */
  items: CartItem[]
  /** Sum of the amounts, in whole KRW. */
  total: number
}

/**
 * A product for sale and how many of it were sold in the window.
 * @example const line = ({ rank, name }: PopularProduct) => `${rank}. ${name}`
 */
export interface PopularProduct extends ProductIdInput, ForSale {
  /** 1 for the most sold; of products sold alike, the lower id first. */
  rank: number
  /** How many were sold, in paid orders that were not cancelled. */
  sold: number
}

/**
 * The most sold products of a window. Orders paid at `from` or later and before `to` count.
 * @example const best = ({ items }: PopularProducts) => items[0]?.name
 */
export interface PopularProducts {
  /** ISO 8601 in UTC. */
  from: string
  /** ISO 8601 in UTC. */
  to: string
  /** By rank. */
  items: PopularProduct[]
}

/**
 * One page of a list.
 * @example const isLast = ({ nextCursor }: Page<Order>) => nextCursor === null
 */
export interface Page<Item> {
  /** As many as `limit` at most. */
  items: Item[]
  /** The `cursor` of the next page; null on the last. */
  nextCursor: string | null
}
