import type { Product } from '@jumun/client'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import { m } from '../../messages/messages.js'
import { Intro } from '../components/intro.ts'
import { ReadProblem } from '../components/problem.tsx'
import { ProductCard, ProductCardsSkeleton } from '../components/product-card.tsx'
import { queries } from '../queries.ts'
import { useTitle } from '../use-page.ts'

const PAGE_SIZE = 20

/** Products for sale, all or found by name, by pages. */
export function ProductsPage() {
  const [params] = useSearchParams()
  const search = (params.get('search') ?? '').trim()
  const { data, error, isPlaceholderData, isFetchingNextPage, isFetchNextPageError, ...products } = useInfiniteQuery({
    ...queries.products(search),
    placeholderData: keepPreviousData,
  })
  const heading = search === '' ? m.products() : m.shop_found_for({ search })
  useTitle(heading)
  return (
    <>
      {search === '' ? <Intro path="/products" /> : <h1>{heading}</h1>}
      {!data && error ? (
        <ReadProblem error={error} onRetry={products.refetch} />
      ) : (
        <Grid products={data?.pages.flatMap(({ items }) => items)} isOld={isPlaceholderData} search={search} />
      )}
      {isFetchNextPageError && <ReadProblem error={error} onRetry={products.fetchNextPage} />}
      {products.hasNextPage && !isFetchNextPageError && (
        <button
          type="button"
          className="button more"
          aria-busy={isFetchingNextPage}
          onClick={() => products.fetchNextPage()}
        >
          {m.shop_show_more()}
        </button>
      )}
    </>
  )
}

interface GridProps {
  products: Product[] | undefined
  /** Whether the products are those of the last search, until the new one is answered. */
  isOld: boolean
  search: string
}

function Grid({ products, isOld, search }: GridProps) {
  if (products?.length === 0)
    return (
      <p className="empty muted">
        {search === '' ? m.shop_no_products() : m.shop_nothing_found({ search })}{' '}
        {search !== '' && <Link href="/products">{m.shop_see_all()}</Link>}
      </p>
    )
  return (
    <ul className="product-grid" aria-busy={isOld || !products}>
      {products ? (
        products.map((product) => <ProductCard key={product.id} product={product} />)
      ) : (
        <ProductCardsSkeleton count={PAGE_SIZE} />
      )}
    </ul>
  )
}
