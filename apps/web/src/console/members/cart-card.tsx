import { useQuery } from '@tanstack/react-query'
import { m } from '../../messages/messages.js'
import { formatMoney, formatNumber } from '../../shared/format.ts'
import { jumun } from '../../shared/jumun.ts'
import { ErrorState } from '../components/states.tsx'

/** What a member has in the cart. */
export function CartCard({ memberId }: { memberId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['members', 'cart', memberId],
    queryFn: ({ signal }) => jumun.cart.get.query({ memberId }, { signal }),
  })
  return (
    <section className="card" aria-labelledby="member-cart">
      <h2 id="member-cart">{m.member_cart()}</h2>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.items.length === 0 && <p className="muted">{m.member_cart_empty()}</p>}
      {data && data.items.length > 0 && (
        <table className="plain-table">
          <tbody>
            {data.items.map(({ productId, name, quantity, amount }) => (
              <tr key={productId}>
                <th scope="row">{name}</th>
                <td className="end">× {formatNumber(quantity)}</td>
                <td className="end">{formatMoney(amount)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {m.member_cart_total()}
              </th>
              <td className="end">{formatMoney(data.total)}</td>
            </tr>
          </tfoot>
        </table>
      )}
    </section>
  )
}
