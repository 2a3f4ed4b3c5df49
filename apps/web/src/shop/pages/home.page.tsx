import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { Intro } from '../components/intro.ts'
import { ReadProblem } from '../components/problem.tsx'
import { ProductCard, ProductCardsSkeleton } from '../components/product-card.tsx'
import { queries } from '../queries.ts'
import { useTitle } from '../use-page.ts'

const RANKS = 5
/** Two rows on wide screens. */
const SOME = 10

/** The first page: what sells best now, and a part of what there is. */
export function HomePage() {
  useTitle(undefined)
  return (
    <>
      <Intro path="/" />
      <Popular />
      <div className="row-heading">
        <h2>{m.shop_all_products()}</h2>
        <Link href="/products">{m.shop_see_all()}</Link>
      </div>
      <SomeProducts />
    </>
  )
}

function Popular() {
  const { data, error, refetch } = useQuery(queries.popular)
  if (!data && error) return <ReadProblem error={error} onRetry={refetch} />
  if (data?.items.length === 0) return <p className="empty muted">{m.shop_nothing_popular()}</p>
  return (
    <ol className="product-grid ranking">
      {data ? (
        data.items.map(({ productId, ...product }) => (
          <ProductCard key={productId} product={{ id: productId, ...product }} />
        ))
      ) : (
        <ProductCardsSkeleton count={RANKS} />
      )}
    </ol>
  )
}

function SomeProducts() {
  const { data, error, refetch } = useInfiniteQuery(queries.products(''))
  if (!data && error) return <ReadProblem error={error} onRetry={refetch} />
  const products = data?.pages[0]?.items.slice(0, SOME)
  if (products?.length === 0) return <p className="empty muted">{m.shop_no_products()}</p>
  return (
    <ul className="product-grid">
      {products ? (
        products.map((product) => <ProductCard key={product.id} product={product} />)
      ) : (
        <ProductCardsSkeleton count={SOME} />
      )}
    </ul>
  )
}
