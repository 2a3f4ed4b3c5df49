import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { useStock } from '../../shared/stock.ts'

interface ShownProduct {
  id: number
  name: string
  price: number
  stock: number
}

/** A product in a grid, with its live stock. */
export function ProductCard({ product }: { product: ShownProduct }) {
  const { id, name, price } = product
  const stock = useStock(id, product.stock)
  return (
    <li className="product-card">
      <Link href={`/product/${id}`}>
        <Picture id={id} name={name} />
        <span className="product-name">{name}</span>
        <span className="product-price">{formatMoney(price)}</span>
        <span className="muted">{stock === 0 ? m.sold_out() : m.in_stock({ count: formatNumber(stock) })}</span>
      </Link>
    </li>
  )
}
