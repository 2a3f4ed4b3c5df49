import type { PopularProduct } from '@jumun/client'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { useStock } from '../../shared/stock.ts'
import { ProductLink } from '../components/product-link.tsx'

/** Products by what was sold of them. */
export function Ranking({ items }: { items: readonly PopularProduct[] }) {
  const most = items[0]?.sold ?? 1
  return (
    <section className="card" aria-labelledby="ranking">
      <h2 id="ranking" className="visually-hidden">
        {m.popular_ranking()}
      </h2>
      <table className="plain-table ranking" aria-labelledby="ranking">
        <thead>
          <tr>
            <th scope="col">{m.popular_rank()}</th>
            <th scope="col">{m.popular_product()}</th>
            <th scope="col" className="end only-wide">
              {m.popular_price()}
            </th>
            <th scope="col" className="end">
              {m.popular_sold()}
            </th>
            <th scope="col" className="end">
              {m.popular_stock()}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <Row key={item.productId} item={item} most={most} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ item: { rank, productId, name, price, stock, sold }, most }: { item: PopularProduct; most: number }) {
  const left = useStock(productId, stock)
  return (
    <tr>
      <td>{formatNumber(rank)}</td>
      <th scope="row">
        <ProductLink productId={productId}>{name}</ProductLink>
        <div className="share" aria-hidden="true" style={{ inlineSize: `${(100 * sold) / most}%` }} />
      </th>
      <td className="end only-wide">{formatMoney(price)}</td>
      <td className="end">{formatNumber(sold)}</td>
      <td className={left === 0 ? 'end bad-text' : 'end'}>{formatNumber(left)}</td>
    </tr>
  )
}
