import type { CallOptions } from './calls.ts'
import type { Procedures } from './procedures.gen.ts'
import type { ListOrdersInput, ListProductsInput, Order, PointEntry, PointHistoryInput, Product } from './types.gen.ts'

const DEFAULT_PAGE_SIZE = 100

/**
 * One page of a list.
 * @example const isLast = ({ nextCursor }: Page<Order>) => nextCursor === null
 */
export interface Page<Item> {
  /** The items of this page, `limit` at most. */
  items: Item[]
  /** The `cursor` of the next page; null on the last page. */
  nextCursor: string | null
}

interface PageInput {
  cursor?: string | undefined
  limit?: number | undefined
}

/**
 * How to read a list.
 * @example const options: ListOptions = { pageSize: 20 }
 */
export interface ListOptions extends CallOptions {
  /** The most items of a page (1 to 100, default 100). */
  pageSize?: number | undefined
}

/**
 * Lists as async iterators that read page after page. A page that cannot be read ends the loop with a `JumunError`. Items that are
 * added meanwhile do not shift the pages.
 * @example const newest = await jumun.orders({ memberId: 'mina' }).next()
 */
export interface JumunLists {
  /**
   * A member's orders, newest first.
   * @example for await (const { id } of jumun.orders({ memberId: 'mina' })) console.log(id)
   */
  orders(input: Omit<ListOrdersInput, keyof PageInput>, options?: ListOptions): AsyncGenerator<Order, void, undefined>
  /**
   * The products for sale, by id, each with its stock at the time its page was read.
   * @example for await (const { name } of jumun.products({ search: 'tea' })) console.log(name)
   */
  products(
    filter?: Omit<ListProductsInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<Product, void, undefined>
  /**
   * Every change of a member's balance, newest first; amounts in whole KRW.
   * @example for await (const { kind } of jumun.pointHistory({ memberId: 'mina' })) console.log(kind)
   */
  pointHistory(
    input: Omit<PointHistoryInput, keyof PageInput>,
    options?: ListOptions,
  ): AsyncGenerator<PointEntry, void, undefined>
}

/** Makes the lists from the procedures that read one page. */
export function createLists({ order, product, point }: Procedures): JumunLists {
  return {
    orders: (input, options) => readPages(options, (page, call) => order.list.query({ ...input, ...page }, call)),
    products: (filter, options) => readPages(options, (page, call) => product.list.query({ ...filter, ...page }, call)),
    pointHistory: (input, options) =>
      readPages(options, (page, call) => point.history.query({ ...input, ...page }, call)),
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
