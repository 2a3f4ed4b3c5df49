import type { MemberInput, OrderIdInput, ProductIdInput } from './names.ts'
import type { OutboxState } from './operations.ts'
import type { NewProduct, Quantity } from './values.ts'

interface KeyedInput {
  /** 1 to 255 printable ASCII characters, default random. A call repeated with it gets its first answer, for 24 hours. */
  idempotencyKey?: string | undefined
}

export interface MovePointsInput extends MemberInput, KeyedInput {
  /** Whole KRW, 1 to 1,000,000,000. */
  amount: number
}

export interface PlaceOrderInput extends MemberInput, KeyedInput {
  /** 1 to 100; those of the same product are summed. */
  items: Quantity[]
  /** `now`, the default, pays from the points at once; `later` holds the stock for 15 minutes. */
  payment?: 'now' | 'later' | undefined
}

export interface PayOrderInput extends OrderIdInput, KeyedInput {}

export interface CheckoutInput extends MemberInput, KeyedInput {}

export interface CartItemInput extends MemberInput, Quantity {}

export interface RemoveCartItemInput extends MemberInput, ProductIdInput {}

export interface PageInput {
  /** The `nextCursor` of the page before; nothing for the first page. */
  cursor?: string | undefined
  /** The most items on the page: 1 to 100, default 20. */
  limit?: number | undefined
}

export interface MemberPageInput extends MemberInput, PageInput {}

export interface ProductFilter {
  /** Part of the name, upper and lower case alike: 1 to 100 characters. */
  search?: string | undefined
}

export interface ListProductsInput extends ProductFilter, PageInput {}

export interface CreateProductsInput {
  /** 1 to 1,000. */
  items: NewProduct[]
}

/** What to change of a product: one of the three at least. */
export interface UpdateProductInput extends ProductIdInput {
  /** 1 to 200 characters. */
  name?: string | undefined
  /** Price of one, in whole KRW: 1 to 1,000,000,000. */
  price?: number | undefined
  /** What to add to the stock, or to take away: up to ±1,000,000,000. */
  stockDelta?: number | undefined
}

export interface PopularProductsInput {
  /** How far back, in days of 24 hours: 1 to 30, default 3. */
  days?: number | undefined
  /** The most products to name: 1 to 100, default 5. */
  limit?: number | undefined
}

export interface OutboxPageInput extends PageInput {
  /** Default `dead`. */
  state?: OutboxState | undefined
}

export interface ReplayEventsInput {
  /** 1 to 1,000, by their ids in the outbox. */
  ids: string[]
}

export interface ReconcileInput extends PageInput {
  /** The most orders of either side to compare: 1 to 1,000, default 500. */
  limit?: number | undefined
  /** Orders that changed more recently are not judged: 0 to 86,400 seconds, default 60. */
  graceSeconds?: number | undefined
  /** Only look, and send nothing. */
  dryRun?: boolean | undefined
}
