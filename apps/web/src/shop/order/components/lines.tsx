import { m } from '../../../messages/messages.js'
import { formatMoney, formatNumber } from '../../../shared/format.ts'
import { Picture } from '../../../shared/picture.tsx'
import { type OrderLine, totalOf } from '../stored-order.ts'

/** What is ordered, with its total. */
export function Lines({ lines }: { lines: OrderLine[] }) {
  return (
    <table className="order-lines">
      <caption className="visually-hidden">{m.shop_what_you_order()}</caption>
      <thead>
        <tr>
          <th scope="col">{m.shop_product()}</th>
          <th scope="col">{m.shop_quantity()}</th>
          <th scope="col">{m.shop_amount()}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ productId, name, price, quantity }) => (
          <tr key={productId}>
            <th scope="row">
              <span className="line-product">
                <Picture id={productId} name={name} />
                <span>
                  {name}
                  <span className="muted small block">{formatMoney(price)}</span>
                </span>
              </span>
            </th>
            <td>{formatNumber(quantity)}</td>
            <td>{formatMoney(price * quantity)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={2}>
            {m.shop_total()}
          </th>
          <td>{formatMoney(totalOf(lines))}</td>
        </tr>
      </tfoot>
    </table>
  )
}
