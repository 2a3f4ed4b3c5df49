import { Link } from 'wouter'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { Picture } from '../../shared/picture.tsx'
import { Stock } from './stock.tsx'

interface ShownProduct {
  id: number
  name: string
  price: number
  stock: number
  rank?: number
  sold?: number
}

/** A product in a grid, with its live stock. */
export function ProductCard({ product }: { product: ShownProduct }) {
  const { id, name, price, stock, rank, sold } = product
  return (
    <li className="product-card">
      <Link href={`/product/${id}`}>
        <span className="product-picture">
          <Picture id={id} name={name} />
          {rank !== undefined && <span className="rank">{formatNumber(rank)}</span>}
        </span>
        <span className="product-name">{name}</span>
        <span className="product-price">{formatMoney(price)}</span>
        <span className="product-facts">
          <Stock productId={id} stock={stock} />
          {sold !== undefined && <span className="muted">{m.shop_sold({ count: formatNumber(sold) })}</span>}
        </span>
      </Link>
    </li>
  )
}

/** Keeps the place of products that are being read. */
export function ProductCardsSkeleton({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    <li key={index} className="product-card skeleton" aria-hidden="true">
      <span className="product-picture" />
      <span className="bone" />
      <span className="bone short" />
    </li>
  ))
}
