import { useQuery } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { ProductCard } from '../components/product-card.tsx'
import { queries } from '../queries.ts'

/** The first page: what sells best now. */
export function HomePage() {
  const popular = useQuery(queries.popular)
  return (
    <>
      <h1>{m.popular_now()}</h1>
      <ul className="product-grid">
        {popular.data?.items.map(({ productId, ...product }) => (
          <ProductCard key={productId} product={{ id: productId, ...product }} />
        ))}
      </ul>
    </>
  )
}
