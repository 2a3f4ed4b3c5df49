import { useQuery } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { useStock } from '../../shared/stock.ts'
import { queries } from '../queries.ts'

/** One product. */
export function ProductPage({ productId }: { productId: number }) {
  const { data: product } = useQuery(queries.product(productId))
  const stock = useStock(productId, product?.stock ?? 0)
  if (!product) return null
  return (
    <article className="product">
      <Picture id={product.id} name={product.name} />
      <h1>{product.name}</h1>
      <p className="product-price">{formatMoney(product.price)}</p>
      <p className="muted">{stock === 0 ? m.sold_out() : m.in_stock({ count: formatNumber(stock) })}</p>
    </article>
  )
}
