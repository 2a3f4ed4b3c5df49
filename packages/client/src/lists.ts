import type { PageInput, ProductFilter } from './inputs.ts'
import type { MemberInput } from './names.ts'
import type { CallOptions, Procedures } from './procedures.ts'
import type { Order, Page, PointEntry, Product } from './values.ts'

const DEFAULT_PAGE_SIZE = 100

/**
 * How to read a list.
 * @example const options: ListOptions = { pageSize: 20 }
 */
export interface ListOptions extends CallOptions {
  /** How many to ask for at once: 1 to 100, default 100. */
  pageSize?: number | undefined
}

/**
 * Lists without their pages: each is read when the loop comes to it, or fails the loop with a `JumunError`. What is added meanwhile
 * shifts nothing.
 * @example const newest = await jumun.orders({ memberId: 'mina' }).next()
 */
export interface JumunLists {
  /**
   * A member's orders, newest first.
   * @example for await (const { id } of jumun.orders({ memberId: 'mina' })) console.log(id)
   */
  orders(input: MemberInput, options?: ListOptions): AsyncGenerator<Order, void, undefined>
  /**
   * The products for sale, by id, with their stock as their page was read.
   * @example for await (const { name } of jumun.products({ search: 'tea' })) console.log(name)
   */
  products(filter?: ProductFilter, options?: ListOptions): AsyncGenerator<Product, void, undefined>
  /**
   * Every change of a member's balance, newest first; amounts in whole KRW.
   * @example for await (const { kind } of jumun.pointHistory({ memberId: 'mina' })) console.log(kind)
   */
  pointHistory(input: MemberInput, options?: ListOptions): AsyncGenerator<PointEntry, void, undefined>
}

/** Makes the lists of pages that procedures read. */
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
