import type { CallOptions } from './calls.ts'
import type { Procedures } from './procedures.gen.ts'
import type {
  AdminProduct,
  ListMembersInput,
  ListOrdersInput,
  ListProductsInput,
  Order,
  PointBalance,
  PointEntry,
  PointHistoryInput,
  Product,
  SearchOrdersInput,
  SearchProductsInput,
} from './types.gen.ts'

const DEFAULT_PAGE_SIZE = 100

/**
 * One page of a list.
 * @example const isLast = ({ nextCursor }: Page<Order>) => nextCursor === null
 */
export interface Page<Item> {
  /** The items of this page, at most `limit`. */
  items: Item[]
  /** The `cursor` of the next page; null on the last page. */
  nextCursor: string | null
}

type PageInput = Pick<ListProductsInput, 'cursor' | 'limit'>

/**
 * How to read a list.
 * @example const options: ListOptions = { pageSize: 20 }
 */
export interface ListOptions extends CallOptions {
  /** The number of items that each request reads (1 to 100, default 100). */
  pageSize?: number | undefined
}

/**
 * Lists as async iterators. Each reads a page when the loop needs it. If a page cannot be read, the loop throws a `JumunError`. Items
 * that are added during the loop do not shift the pages.
 * @example const newest = await jumun.orders({ memberId: 'mina' }).next()
 */
export interface JumunLists {
  /**
   * A member's orders, newest first.
   * @example for await (const { id } of jumun.orders({ memberId: 'mina' })) console.log(id)
   */
  orders(input: Omit<ListOrdersInput, keyof PageInput>, options?: ListOptions): AsyncGenerator<Order, void, undefined>
  /**
   * The products for sale in the order of their ids, each with its stock at the time when its page was read.
   * @example for await (const { name } of jumun.products({ search: 'tea' })) console.log(name)
   */
  products(
    filter?: Omit<ListProductsInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<Product, void, undefined>
  /**
   * All changes of a member's point balance, newest first. Amounts are whole KRW.
   * @example for await (const { kind } of jumun.pointHistory({ memberId: 'mina' })) console.log(kind)
   */
  pointHistory(
    input: Omit<PointHistoryInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<PointEntry, void, undefined>
  /**
   * The orders of all members that match every filter, newest first. For admins.
   * @example for await (const { id } of jumun.searchOrders({ status: ['PENDING_PAYMENT'] })) console.log(id)
   */
  searchOrders(
    filter?: Omit<SearchOrdersInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<Order, void, undefined>
  /**
   * The members who were ever charged, with their points, by id. For admins.
   * @example for await (const { memberId, balance } of jumun.members({ prefix: 'mi' })) console.log(memberId, balance)
   */
  members(
    filter?: Omit<ListMembersInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<PointBalance, void, undefined>
  /**
   * The products that match every filter in the order of their ids, also removed ones. For admins.
   * @example for await (const { id, stock } of jumun.searchProducts({ maxStock: 10 })) console.log(id, stock)
   */
  searchProducts(
    filter?: Omit<SearchProductsInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<AdminProduct, void, undefined>
}

/** Creates the lists from the procedures that read one page. */
export function createLists({ order, product, point, admin }: Procedures): JumunLists {
  return {
    orders: (input, options) => readPages(options, (page, call) => order.list.query({ ...input, ...page }, call)),
    products: (filter, options) => readPages(options, (page, call) => product.list.query({ ...filter, ...page }, call)),
    pointHistory: (input, options) =>
      readPages(options, (page, call) => point.history.query({ ...input, ...page }, call)),
    searchOrders: (filter, options) =>
      readPages(options, (page, call) => admin.orders.query({ ...filter, ...page }, call)),
    members: (filter, options) => readPages(options, (page, call) => admin.members.query({ ...filter, ...page }, call)),
    searchProducts: (filter, options) =>
      readPages(options, (page, call) => admin.products.query({ ...filter, ...page }, call)),
  }
}

async function* readPages<Item>(
  { pageSize: limit = DEFAULT_PAGE_SIZE, signal }: ListOptions = {},
  readPage: (page: PageInput, call: { signal?: AbortSignal }) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | null | undefined
  do {
    const page: Page<Item> = await readPage({ limit, ...(cursor && { cursor }) }, signal ? { signal } : {})
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
