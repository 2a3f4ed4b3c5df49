import type { JumunOutputs, ProductPage } from '@jumun/client'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { jumun } from '../shared/jumun.ts'
import { takePageData } from '../shared/page-data.ts'
import { stockReader } from '../shared/stock.ts'

/** What the shop reads, as options of `useQuery` and `useInfiniteQuery`. */
export const queries = {
  popular: queryOptions({
    queryKey: ['popular'],
    queryFn: async () => {
      const learnStock = stockReader()
      const popular = await jumun.popular.products.query({})
      learnStock(popular.items.map(({ productId, stock }) => ({ id: productId, stock })))
      return popular
    },
    initialData: () => takePageData<JumunOutputs['popular']['products']>('popular.products'),
  }),
  products: (search: string) =>
    infiniteQueryOptions({
      queryKey: ['products', 'list', search],
      queryFn: async ({ pageParam: cursor }) => {
        const learnStock = stockReader()
        const page = await jumun.product.list.query({ ...(cursor && { cursor }), ...(search && { search }) })
        learnStock(page.items)
        return page
      },
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
      initialData: () => {
        const page = search === '' ? takePageData<ProductPage>('product.list') : undefined
        return page && { pages: [page], pageParams: [undefined] }
      },
    }),
  product: (productId: number) =>
    queryOptions({
      queryKey: ['products', 'one', productId],
      queryFn: async () => {
        const learnStock = stockReader()
        const product = await jumun.product.byId.query({ productId })
        learnStock([product])
        return product
      },
    }),
  balance: (memberId: string) =>
    queryOptions({
      queryKey: ['points', memberId, 'balance'],
      queryFn: () => jumun.point.balance.query({ memberId }),
      select: ({ balance }) => balance,
    }),
  ledger: (memberId: string) =>
    infiniteQueryOptions({
      queryKey: ['points', memberId, 'ledger'],
      queryFn: ({ pageParam: cursor }) => jumun.point.history.query({ memberId, ...(cursor && { cursor }) }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  orders: (memberId: string) =>
    infiniteQueryOptions({
      queryKey: ['orders', memberId],
      queryFn: ({ pageParam: cursor }) => jumun.order.list.query({ memberId, ...(cursor && { cursor }) }),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor,
    }),
  order: (orderId: string) =>
    queryOptions({ queryKey: ['orders', 'one', orderId], queryFn: () => jumun.order.byId.query({ orderId }) }),
}
