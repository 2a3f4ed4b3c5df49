import type { ProductPage as Products } from '@jumun/client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { jumun } from '../../shared/jumun.ts'
import { takePageData } from '../../shared/page-data.ts'
import { learnStock } from '../../shared/stock.ts'
import { ProductCard } from '../components/product-card.tsx'

/** Every product for sale, by pages. */
export function ProductsPage() {
  const products = useInfiniteQuery({
    queryKey: ['products', 'list'],
    queryFn: async ({ pageParam: cursor }) => {
      const page = await jumun.product.list.query({ cursor })
      learnStock(page.items)
      return page
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    initialData: () => {
      const page = takePageData<Products>('product.list')
      return page && { pages: [page], pageParams: [undefined] }
    },
  })
  return (
    <>
      <h1>{m.products()}</h1>
      <ul className="product-grid">
        {products.data?.pages
          .flatMap(({ items }) => items)
          .map((product) => (
            <ProductCard key={product.id} product={product} />
          ))}
      </ul>
      {products.hasNextPage && (
        <button type="button" className="button" onClick={() => products.fetchNextPage()}>
          {m.show_more()}
        </button>
      )}
    </>
  )
}
